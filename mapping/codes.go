package mapping

import (
	"fmt"
	"strings"
)

// codes is a profile's table, compiled for lookup. Codes are numbers: tables
// differ in how they print them, never in what is a different code.
type codes struct {
	byCode map[uint64]*entry
	byStat map[string]*entry
	byPair map[string]map[uint64]*entry
	lowest uint64 // mask of the bits that err carries; 0 is all
	inStat bool   // the stat word is the code, and err is none
}

// entry is a row ready to be decided by.
type entry struct {
	cause Cause
	zero  bool // its code is 0
	text  string
}

// compileCodes returns the lookup of p and the stat words that it lists.
func compileCodes(p *Profile) (*codes, map[string]state) {
	c := &codes{byCode: map[uint64]*entry{}, byStat: map[string]*entry{}, byPair: map[string]map[uint64]*entry{}, inStat: p.Codes == "stat"}
	if p.LowBits > 0 {
		c.lowest = 1<<p.LowBits - 1
	}
	causes := map[Status]Cause{}
	for _, m := range Matrix() {
		causes[m.Status] = m
	}
	base, words := ErrDecimal, generalWords()
	if p.Codes == "hex" {
		base = ErrHex
	}
	for i := range p.Rows {
		row := &p.Rows[i]
		stat := strings.ToUpper(row.Stat)
		code, isCode := number(row.Code, base)
		e := &entry{cause: causes[row.Cause], zero: isCode && code == 0, text: rowText(p.Name, row)}
		e.cause.Status = row.Cause
		switch {
		case stat == "":
			c.byCode[code] = e
		case isCode:
			if c.byPair[stat] == nil {
				c.byPair[stat] = map[uint64]*entry{}
			}
			c.byPair[stat][code] = e
		default:
			c.byStat[stat] = e
		}
		if _, known := words[stat]; !known && stat != "" {
			words[stat] = state{word: stat, column: columnOfRow(row.Cause)}
		}
	}
	return c, words
}

// columnOfRow is the state that a vendor's own stat word stands for: a failure,
// unless its row says otherwise.
func columnOfRow(s Status) column {
	switch s {
	case Received:
		return colDelivered
	case DeliveredToOperator, InProgress:
		return colEnroute
	case Undefined:
		return colUnknown
	default:
		return colUndelivered
	}
}

func rowText(profile string, row *Row) string {
	key := "code " + row.Code
	switch {
	case row.Code == "":
		key = "stat " + row.Stat
	case row.Stat != "":
		key += " with stat " + row.Stat
	}
	return fmt.Sprintf("%s, %s (%s): cause %s", profile, key, row.Meaning, row.Cause)
}

// number reads a code in its base; a hex code may begin with 0x.
func number[T string | []byte](text T, base ErrBase) (uint64, bool) {
	radix := uint64(10)
	if base == ErrHex {
		radix = 16
		if len(text) > 2 && text[0] == '0' && text[1]|0x20 == 'x' {
			text = text[2:]
		}
	}
	if len(text) == 0 || len(text) > 15 { // 15 digits of either base fit
		return 0, false
	}
	var n uint64
	for i := range len(text) {
		d := uint64(99)
		switch c := text[i] | 0x20; {
		case text[i] >= '0' && text[i] <= '9':
			d = uint64(text[i] - '0')
		case c >= 'a' && c <= 'f':
			d = uint64(c-'a') + 10
		}
		if d >= radix {
			return 0, false
		}
		n = n*radix + d
	}
	return n, true
}

// of finds a code alone; when err carries only the low bits of the published
// code, the whole code finds the same row.
func (c *codes) of(code uint64) *entry {
	if e := c.byCode[code]; e != nil {
		return e
	}
	if c.lowest != 0 && code&^c.lowest == c.lowest+1 {
		return c.byCode[code&c.lowest]
	}
	return nil
}
