// Package record writes what machines do to a file, one line of JSON for each event, and reads it back.
//
//	r, err := record.Open("machines.jsonl", record.Options{Sync: record.SyncInterval})
//	remove := fsm.Observe(r.Observe)
//	...
//	remove()
//	err = r.Close()
//
// # What is kept
//
// A line is handed to the operating system before [Recorder.Write] returns: the end of the process, however sudden, loses no
// line whose Write had returned, and leaves at most one line half written, behind all others. A line survives the end of the
// operating system or of its power once it has been forced to the disk: at once with [SyncEvery], and with any option when
// [Recorder.Flush] has returned its number or a higher one. Whether the disk keeps what it says it keeps is between it and its
// maker.
//
// A line that cannot be written, because the disk is full or gone, is lost, counted and told; the program goes on, and so does
// the recording when there is room again. Lines are numbered, so that a reader sees what is missing.
//
// # What is found again
//
// Each line ends in a checksum. A [Reader] tells a last line that was never finished ([Torn]) from lines that have been changed
// or cut ([Damage]). Package replay, below this one, holds a recording against the spec: is it a run that the reference step
// allows?
package record
