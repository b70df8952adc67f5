package spec

func (p *parser) balance() {}
