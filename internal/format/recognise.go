package format

// recognise tells the format of a line by what it looks like. A body may mix
// formats, so each line is looked at for itself; only a Zeek header speaks
// for the lines behind it.
func (p *Parser) recognise(line []byte) (Line, error) {
	if line[0] == '#' {
		if is, err := p.header(line); is {
			return Line{Skip: true}, err
		}
	}
	if p.pending {
		p.settle()
	}
	l, ok, fault := p.tsv(line)
	if ok {
		return l, nil
	}
	if i := skipSpace(line, 0); line[i] == '{' {
		return p.json(line, "")
	}
	if l, ok := p.syslog(line); ok {
		return l, nil
	}
	if l, ok := p.access(line); ok {
		return l, nil
	}
	if fault != nil {
		return Line{}, fault
	}
	return p.orphan(line), nil
}

// onlyTSV reads a line of a body that is said to be Zeek TSV.
func (p *Parser) onlyTSV(line []byte) (Line, error) {
	if line[0] == '#' {
		if is, err := p.header(line); is {
			return Line{Skip: true}, err
		}
	}
	if p.pending {
		p.settle()
	}
	l, ok, err := p.tsv(line)
	if ok || err != nil {
		return l, err
	}
	return p.orphan(line), nil
}

// orphan keeps a line as text, and remembers if it should have had a header.
func (p *Parser) orphan(line []byte) Line {
	if p.o.Format == ZeekTSV || looksLikeZeek(line) {
		p.orphans++
	}
	return p.text(line)
}
