package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// wireRows has the values last: octets are long.
func (d *receiptDetail) wireRows() [][]string {
	x := &d.Wire
	rows := [][]string{
		{"WHAT", "VALUE"},
		{"pdu", orDash(x.Command) + ", esm_class " + x.ESMClass + ", data_coding " + x.DataCoding},
	}
	add := func(what, value string) { rows = append(rows, []string{what, value}) }
	for _, a := range []struct {
		name string
		at   *wireAddress
	}{{"source", x.Source}, {"destination", x.Destination}} {
		if a.at != nil {
			add(a.name, fmt.Sprintf("%s (TON %d, NPI %d)", orDash(a.at.Address), a.at.TON, a.at.NPI))
		}
	}
	if x.Malformed != "" {
		add("malformed", printable(x.Malformed))
	}
	if x.Cut {
		add("cut", "privacy.text: drop left the text out before it was stored")
	}
	if x.Text != "" {
		add("text", quoteOdd(x.Text))
	}
	if x.Octets != "" {
		add("octets", x.Octets)
	}
	for _, tlv := range x.TLVs {
		add("TLV "+tlv.Tag, tlv.Hex)
	}
	return rows
}

func (d *receiptDetail) copyRows() [][]string {
	rows := [][]string{{"SEQUENCE", "RECEIVED", "BIND", "DUPLICATE", "LATE", "STANDING", "SUPERSEDES"}}
	for _, c := range d.Copies {
		rows = append(rows, []string{
			strconv.FormatUint(c.Sequence, 10), stamp(c.ReceivedAt), orDash(c.Bind),
			yesNo(c.Duplicate), yesNo(c.Late), yesNo(c.Standing), orDash(c.Supersedes),
		})
	}
	return rows
}

func (d *receiptDetail) deliveryRows() [][]string {
	rows := [][]string{{"ENDPOINT", "SEQUENCE", "STATE", "WHEN", "WHY"}}
	for i := range d.Deliveries {
		x := &d.Deliveries[i]
		when, why := "-", x.LastError
		switch x.State {
		case "taken", "not_wanted":
			when = between(x.After, x.Until)
		case "parked":
			when = "since " + stamp(x.Since) + ", next try " + stamp(x.NextTry)
			why = fmt.Sprintf("%s, tried %s since: %s", x.Class, count(x.Tries, "time"), x.LastError)
		case "dead":
			when = "since " + stamp(x.Since)
			why = fmt.Sprintf("%s: %s (dlrgate dead retry %d)", x.Class, x.LastError, x.DeadID)
		case "dropped":
			when = "since " + stamp(x.Since)
			why = fmt.Sprintf("given up, %s: %s; a replay sends it all the same", x.Class, x.LastError)
		}
		rows = append(rows, []string{orDash(x.Endpoint), strconv.FormatUint(x.Sequence, 10), x.State, when, orDash(printable(why))})
	}
	return rows
}

// between says when something happened of which it is known that it was after and
// until then.
func between(after, until time.Time) string {
	switch {
	case after.IsZero() && until.IsZero():
		return "-"
	case after.Equal(until):
		return "at " + stamp(until)
	case until.IsZero():
		return "after " + stamp(after)
	}
	return "between " + stamp(after) + " and " + stamp(until)
}

func (d *receiptDetail) attemptRows() [][]string {
	rows := [][]string{{"AT", "ENDPOINT", "HTTP", "TOOK", "ERROR", "ANSWER"}}
	for _, a := range d.Attempts {
		status := "-"
		if a.Status != 0 {
			status = strconv.Itoa(a.Status)
		}
		rows = append(rows, []string{
			stamp(a.At), orDash(a.Endpoint), status, strconv.FormatInt(a.TookMS, 10) + " ms", orDash(printable(a.Error)), orDash(printable(a.Answer)),
		})
	}
	return rows
}

func (d *receiptDetail) historyRows() [][]string {
	rows := [][]string{{"AT", "STATUS", "DECIDED BY", "RULES", "SENT TO"}}
	for _, h := range d.History {
		by := strings.TrimSpace(h.Decision.By + " " + h.Decision.Rule)
		rows = append(rows, []string{stamp(h.At), h.Status.Name, orDash(printable(by)), orDash(h.Decision.Config), orDash(h.Endpoint)})
	}
	return rows
}
