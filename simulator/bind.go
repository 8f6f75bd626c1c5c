package simulator

import (
	"fmt"
	"net"
	"time"
)

// bind judges a bind PDU. It returns the session, or nil when refused, and the
// answer, or nil when the SMSC is to stay silent.
func (c *SMSC) bind(conn net.Conn, h header, body []byte) (*Session, []byte) {
	refuse := func(status CommandStatus, why string) (*Session, []byte) {
		c.log("bind refused with %s: %s", status, why)
		return nil, appendPDU(nil, header{h.command | responseBit, status, h.sequence}, nil)
	}
	mode := map[uint32]string{
		cmdBindReceiver: "receiver", cmdBindTransmitter: "transmitter", cmdBindTransceiver: "transceiver",
	}[h.command]
	if mode == "" {
		return refuse(StatusInvalidBind, fmt.Sprintf("command_id 0x%08X before a bind", h.command))
	}
	req, err := parseBind(body)
	if err != nil {
		return refuse(StatusBindFailed, err.Error())
	}
	c.mu.Lock()
	script := &c.script
	silent, status := script.silentBinds, script.refuse
	refused := script.refuseLeft != 0
	if script.refuseLeft > 0 {
		script.refuseLeft--
	}
	if !refused {
		status = c.judgeAccount(req)
	}
	c.mu.Unlock()
	if silent {
		return nil, nil
	}
	if status != StatusOK {
		return refuse(status, fmt.Sprintf("account %q", req.systemID))
	}
	answer := appendCString(nil, "smscsim")
	if req.interfaceVersion >= 0x34 {
		answer = appendTLV(answer, tagInterfaceVersion, []byte{0x34})
	}
	s := &Session{
		SystemID: req.systemID, Mode: mode, smsc: c, conn: conn,
		wake: make(chan struct{}, 1), ended: make(chan struct{}), read: newGate(),
		unanswered: map[uint32]*pending{}, late: map[uint32]uint64{}, lastSent: time.Now(),
	}
	return s, appendPDU(nil, header{h.command | responseBit, StatusOK, h.sequence}, answer)
}

// judgeAccount is called with c.mu held.
func (c *SMSC) judgeAccount(req bindRequest) CommandStatus {
	if len(c.opts.Accounts) == 0 {
		return StatusOK
	}
	for _, a := range c.opts.Accounts {
		if a.SystemID != req.systemID {
			continue
		}
		if a.Password != "" && a.Password != req.password {
			return StatusWrongPassword
		}
		bound := c.lingers[a.SystemID]
		for _, s := range c.sessions {
			if s.SystemID == a.SystemID {
				bound++
			}
		}
		if a.MaxSessions > 0 && bound >= a.MaxSessions {
			return StatusAlreadyBound
		}
		return StatusOK
	}
	return StatusWrongSystemID
}
