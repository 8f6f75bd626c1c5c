package simulator

// submit answers a submit_sm with an id and sends its receipt later, when one
// was asked for (registered_delivery, SMPP 3.4 §5.2.17).
func (s *Session) submit(h header, body []byte) {
	c := s.smsc
	answer := func(status CommandStatus, id string) {
		var body []byte
		if status == StatusOK {
			body = appendCString(nil, id)
		}
		s.queueControl(header{cmdSubmitSM | responseBit, status, h.sequence}, body)
	}
	req, err := parseSubmit(body)
	if err != nil {
		answer(StatusSystemError, "")
		return
	}
	c.mu.Lock()
	script := c.script
	src := c.sourceOf(s.SystemID)
	var receipts []*Receipt
	if script.submitStatus == StatusOK {
		receipts = src.forSubmit(req)
	}
	c.mu.Unlock()
	if script.submitStatus != StatusOK {
		answer(script.submitStatus, "")
		return
	}
	respond := func() { answer(StatusOK, receipts[0].MessageID) }
	deliver := func() {
		if req.registeredDelivery&0x03 != 0 {
			c.Send(receipts...)
		}
	}
	delay := c.opts.ReceiptDelay
	switch {
	case script.receiptFirst:
		deliver()
		c.agenda.after(script.submitDelay, respond)
	case script.submitDelay > 0 || delay > 0:
		c.agenda.after(script.submitDelay, respond)
		c.agenda.after(script.submitDelay+delay, deliver)
	default:
		respond()
		deliver()
	}
}

// sourceOf returns the generator for an account's submit_sm; c.mu is held.
func (c *SMSC) sourceOf(account string) *Source {
	if src := c.sources[account]; src != nil {
		return src
	}
	dialect := c.opts.Dialect
	for _, a := range c.opts.Accounts {
		if a.SystemID == account && a.Dialect.Name != "" {
			dialect = a.Dialect
		}
	}
	src := NewSource(SourceOptions{Dialect: dialect, Seed: c.opts.Seed ^ submitSeed, Account: account})
	c.sources[account] = src
	return src
}

// submitSeed keeps the ids of submitted messages apart from a storm's.
const submitSeed = 0x5ab317
