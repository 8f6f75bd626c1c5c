package admin

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/dlrgate/dlrgate/explain"
	"github.com/dlrgate/dlrgate/mapping"
)

// explainForm is a receipt that somebody pasted, as it was written.
type explainForm struct{ Operator, Profile, Text, ESMClass, DataCoding, TLVs string }

// mappingData is how receipts are judged, and how a pasted one would be.
type mappingData struct {
	Form     explainForm
	Profiles []string
	Mappings []Mapping
	// What became of the pasted receipt: a problem, or how it is read and decided.
	Problem   string
	Explained *explain.Answer
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
	p, err := d.Form.pasted()
	if err != nil {
		return err
	}
	d.Explained, err = gateway.Explain(p, d.Form.Operator, d.Form.Profile)
	return err
}

// pasted reads the form's fields.
func (f *explainForm) pasted() (*explain.Pasted, error) {
	out := &explain.Pasted{Text: f.Text, ESMClass: new(byte), DataCoding: new(byte)}
	for _, octet := range []struct {
		name, text string
		into       *byte
	}{{"esm_class", f.ESMClass, out.ESMClass}, {"data_coding", f.DataCoding, out.DataCoding}} {
		n, err := strconv.ParseUint(strings.TrimSpace(octet.text), 0, 8)
		if err != nil {
			return nil, invalid("%s: %q is not a number from 0 to 255, or 0x00 to 0xff", octet.name, octet.text)
		}
		*octet.into = byte(n)
	}
	for _, text := range strings.Fields(f.TLVs) {
		tlv, err := explain.TLV(text)
		if err != nil {
			return nil, invalid("TLVs: %v", err)
		}
		out.Added = append(out.Added, tlv)
	}
	return out, nil
}
