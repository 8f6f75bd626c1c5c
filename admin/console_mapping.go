package admin

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/mapping"
)

// explainForm is a receipt that somebody pasted, as it was written.
type explainForm struct{ Operator, Profile, Text, ESMClass, DataCoding, TLVs string }

// mappingData is how receipts are judged, and how a pasted one would be.
type mappingData struct {
	Form     explainForm
	Profiles []string
	Mappings []Mapping
	// What became of the pasted receipt: a problem, or facts and a decision.
	Problem    string
	Explained  bool
	NotReceipt bool
	Parsed     []fact
	Decided    *decidedJSON
}

func (c *console) mapping(_ *http.Request, sees *looks) (any, error) {
	d := &mappingData{Form: explainForm{ESMClass: "0x04", DataCoding: "0x00"}, Mappings: sees.Mappings()}
	for _, p := range mapping.Profiles() {
		d.Profiles = append(d.Profiles, p.Name)
	}
	if len(d.Mappings) > 0 {
		d.Form.Operator = d.Mappings[0].Operator
	}
	return d, nil
}

// explain serves the mapping page with the decision on a pasted receipt.
func (c *console) explain(w http.ResponseWriter, r *http.Request) {
	v, err := c.look(c.pages["mapping"], r)
	if err != nil {
		c.problemPage(w, r, err)
		return
	}
	d := v.Data.(*mappingData)
	d.Form = explainForm{
		Text: r.PostFormValue("text"), ESMClass: r.PostFormValue("esm_class"),
		DataCoding: r.PostFormValue("data_coding"), TLVs: r.PostFormValue("tlvs"),
	}
	by, name, _ := strings.Cut(r.PostFormValue("by"), ":")
	if by == "profile" {
		d.Form.Profile = name
	} else {
		d.Form.Operator = name
	}
	status := http.StatusOK
	if err := c.explainInto(d); err != nil {
		d.Problem, status = wording(err), statusOf(err)
	}
	c.render(w, status, v)
}

func (c *console) explainInto(d *mappingData) error {
	gateway, err := c.asks()
	if err != nil {
		return err
	}
	f, err := d.Form.facts()
	if err != nil {
		return err
	}
	data, err := gateway.Explain(f, d.Form.Profile)
	if err != nil {
		return err
	}
	var x explainedJSON
	if err := json.Unmarshal(data, &x); err != nil {
		return err
	}
	d.Explained, d.NotReceipt = true, x.IsReceipt != nil && !*x.IsReceipt
	d.Parsed, d.Decided = x.facts(), x.decided()
	return nil
}

// facts reads the form. A body that begins with hex: is octets.
func (f *explainForm) facts() (*event.Facts, error) {
	out := &event.Facts{Operator: f.Operator, Command: "deliver_sm", Body: []byte(f.Text), ReceivedAt: time.Now()}
	if digits, ok := strings.CutPrefix(strings.TrimSpace(f.Text), "hex:"); ok {
		body, err := hex.DecodeString(strings.Join(strings.Fields(digits), ""))
		if err != nil {
			return nil, invalid("the octets cannot be read: %v", err)
		}
		out.Body = body
	}
	for _, octet := range []struct {
		name, text string
		into       *byte
	}{{"esm_class", f.ESMClass, &out.ESMClass}, {"data_coding", f.DataCoding, &out.DataCoding}} {
		n, err := strconv.ParseUint(strings.TrimSpace(octet.text), 0, 8)
		if err != nil {
			return nil, invalid("%s: %q is not a number from 0 to 255, or 0x00 to 0xff", octet.name, octet.text)
		}
		*octet.into = byte(n)
	}
	for line := range slices.Values(strings.Fields(f.TLVs)) {
		tag, value, _ := strings.Cut(line, "=")
		tlv, err := tlvJSON{Tag: tag, Hex: value}.decode()
		if err != nil {
			return nil, fmt.Errorf("TLV %q, to be written as 0x0427=02: %w", line, err)
		}
		out.TLVs = append(out.TLVs, tlv)
	}
	return out, nil
}
