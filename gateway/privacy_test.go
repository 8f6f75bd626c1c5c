package gateway_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/dlrgate/dlrgate/simulator"
)

// cutHead is a receipt whose text can stand anywhere.
const cutHead = "id:17 sub:001 dlvrd:001 submit date:2601050800 done date:2601050801 stat:DELIVRD err:000 "

// textForms are where operators put the message's text, TEXT, in a receipt.
var textForms = []string{
	cutHead + "text:TEXT is the code", cutHead + "Text:TEXT", cutHead + "text :TEXT", cutHead + "text\t:TEXT", cutHead + "\r\ntext:\r\nTEXT",
	cutHead + "text  : TEXT", "text:TEXT " + cutHead, cutHead + "Text=TEXT", cutHead + "text-TEXT", cutHead + "Text TEXT", cutHead + `"text":"TEXT"`,
	cutHead + "text：TEXT", cutHead + "txt:TEXT", cutHead + "content:TEXT", cutHead + "message:TEXT", cutHead + "msg:TEXT",
	cutHead + "foo:TEXT", cutHead + "1text:TEXT", cutHead + "_text:TEXT", cutHead + "TEXT", "TEXT " + cutHead,
	"id:17 stat:DELIVRD TEXT", "id:17 stat:DELIVRD err:000TEXT", "id:17 stat:FAILED:TEXT err:1", "id:17 TEXT stat:DELIVRD",
	"id:17 stat:UNHEARD:TEXT err:9 (TEXT)", "hello TEXT",
}

// TestTextIsDropped keeps nothing of a message's text: not in the journal's
// files, in no event, not in the API and in no count of what is unmapped.
func TestTextIsDropped(t *testing.T) {
	const secret = "SECRETWORD"
	for text, holds := range map[string]bool{"drop": false, "keep": true} {
		t.Run(text, func(t *testing.T) {
			ctx := within(t, patience)
			s := newAPIStage(ctx, t, values{Top: "privacy: {text: " + text + "}"})
			for i, form := range textForms {
				body := strings.ReplaceAll(form, "TEXT", secret)
				from := simulator.Address{TON: 1, NPI: 1, Number: fmt.Sprintf("3361234%04d", i)}
				to := simulator.Address{TON: 5, Number: "ACME"}
				s.smsc.Send(&simulator.Receipt{ESMClass: 4, Source: from, Destination: to, Body: []byte(body)})
				s.smsc.Send(&simulator.Receipt{ESMClass: 4, DataCoding: 8, Source: from, Destination: to, Body: utf16Octets(body)})
			}
			s.smsc.Send(&simulator.Receipt{Source: simulator.Address{Number: "336"}, Destination: simulator.Address{Number: "1"}, Body: []byte(secret)})
			must(t, s.smsc.WaitOK(ctx, 2*len(textForms)+1), s.stage)
			must(t, s.sink.At("/app").WaitFor(ctx, 2*len(textForms)), s.stage)
			data := filepath.Join(filepath.Dir(s.file), "data")
			wide := string(utf16Octets(secret)[1:])
			if is := inFiles(t, data, secret) || inFiles(t, data, wide); is != holds {
				t.Errorf("the text is in the journal's files: %v, want %v", is, holds)
			}
			found := 0
			for _, item := range s.get("/receipts", "limit", "100")["items"].([]any) {
				one := s.ask(call{
					method: http.MethodGet, path: "/receipts/{id}", at: map[string]string{"id": item.(map[string]any)["id"].(string)},
				}, http.StatusOK)
				raw, err := json.Marshal(one)
				if err != nil {
					t.Fatal(err)
				}
				if strings.Contains(string(raw), secret) {
					found++
					if !holds {
						t.Errorf("the API shows the text: %s", raw)
					}
				}
			}
			if holds && found == 0 {
				t.Error("the API shows no text that is kept")
			}
			tally, err := json.Marshal(s.get("/mapping"))
			if err != nil || strings.Contains(string(tally), secret) != holds {
				t.Errorf("what is unmapped holds the text: %s; %v", tally, err)
			}
		})
	}
}

func utf16Octets(s string) (octets []byte) {
	for _, unit := range utf16.Encode([]rune(s)) {
		octets = binary.BigEndian.AppendUint16(octets, unit)
	}
	return octets
}
