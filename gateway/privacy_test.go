package gateway_test

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dlrgate/dlrgate/simulator"
)

// TestTextIsDropped keeps nothing of what follows `text:`, nor of bodies that
// cannot be read: not in the journal, hence in no event, and not in the API.
func TestTextIsDropped(t *testing.T) {
	ctx := within(t, patience)
	const secret, receipt = "SECRETWORD", "id:17 sub:001 dlvrd:001 submit date:2601050800 done date:2601050801 stat:DELIVRD err:000 "
	for text, holds := range map[string]bool{"drop": false, "keep": true} {
		t.Run(text, func(t *testing.T) {
			s := newAPIStage(ctx, t, values{Top: "privacy: {text: " + text + "}"})
			s.deliver("33612345678", receipt+"text:"+secret+" is the code")
			s.deliver("33612345679", receipt+"Text:"+secret)
			s.deliver("33612345670", "hello "+secret) // a body that is no receipt
			var utf16 strings.Builder
			for _, c := range receipt + "text:" + secret {
				utf16.WriteByte(0)
				utf16.WriteRune(c)
			}
			s.smsc.Send(&simulator.Receipt{
				ESMClass: 4, DataCoding: 8, Source: simulator.Address{TON: 1, NPI: 1, Number: "33612345671"},
				Destination: simulator.Address{TON: 5, Number: "ACME"}, Body: []byte(utf16.String()),
			})
			must(t, s.smsc.WaitOK(ctx, 4), s.stage)
			must(t, s.sink.At("/app").WaitFor(ctx, 3), s.stage)
			data := filepath.Join(filepath.Dir(s.file), "data")
			wide := utf16.String()[2*len(receipt+"text:"):]
			if is := inFiles(t, data, secret) || inFiles(t, data, wide[1:]); is != holds {
				t.Errorf("the text is in the journal's files: %v, want %v", is, holds)
			}
			found := false
			for _, item := range s.get("/receipts")["items"].([]any) {
				one := s.ask(call{
					method: http.MethodGet, path: "/receipts/{id}", at: map[string]string{"id": item.(map[string]any)["id"].(string)},
				}, http.StatusOK)
				raw, err := json.Marshal(one)
				if err != nil {
					t.Fatal(err)
				}
				found = found || strings.Contains(string(raw), secret)
			}
			if found != holds {
				t.Errorf("the API shows the text: %v, want %v", found, holds)
			}
		})
	}
}
