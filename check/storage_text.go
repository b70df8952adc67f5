package check

// files tells where the states are, if they are in files, and how to go on.
func (p *printer) files(st *Stats) {
	if st.Dir == "" {
		return
	}
	text := grouped(int(st.Stored/1000)) + " kB of states in " + st.Dir
	if st.Resumed {
		text += ", from a checkpoint on"
	}
	p.field(plain, "", text)
	if !p.report.Complete && p.report.Reason != decided {
		p.field(plain, "", "the same command goes on from the last checkpoint there")
	}
}
