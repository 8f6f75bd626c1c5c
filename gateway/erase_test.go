package gateway_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/dlrgate/dlrgate/simulator"
)

// TestErase has one of two recipients erased: what was taken goes at once, what
// an endpoint still waits for goes when it is dropped, and neither the journal's
// files, nor a backup made later, nor a log line holds the number.
func TestErase(t *testing.T) {
	ctx := within(t, patience)
	s := newAPIStage(ctx, t, values{})
	release := make(chan struct{})
	defer close(release)
	const number, other = "336000000001", "336000000002"
	receipts := simulator.NewSource(simulator.SourceOptions{Seed: 1})
	s.smsc.Send(receipts.Make(1, simulator.Outcome{Stat: "DELIVRD", Err: "000"}))
	s.smsc.Send(receipts.Make(2, simulator.Outcome{Stat: "DELIVRD", Err: "000"}))
	must(t, s.sink.At("/app").WaitFor(ctx, 2), s.stage)
	erase := func(now bool) (erased, waiting any) {
		got := s.ask(call{method: http.MethodPost, path: "/erase", body: map[string]any{"recipient": "+" + number, "now": now}}, http.StatusOK)
		return got["erased"], got["waiting"]
	}
	data := filepath.Join(filepath.Dir(s.file), "data")
	if !inFiles(t, data, number) {
		t.Fatal("the number is in no file before it is erased: this test shows nothing")
	}
	erase(false) // perhaps before the cursor is saved; then it goes a moment later
	s.until("the journal's files are clean", func() bool { return !inFiles(t, data, number) })

	s.sink.At("/app").Behave(simulator.Behaviour{Hang: release})
	s.smsc.Send(receipts.Make(1, simulator.Outcome{Stat: "UNDELIV", Err: "001"}))
	must(t, s.smsc.WaitOK(ctx, 3), s.stage)
	if erased, waiting := erase(false); erased != 0.0 || waiting != 1.0 {
		t.Errorf("while it waits: %v erased, %v waiting", erased, waiting)
	}
	if erased, waiting := erase(true); erased != 1.0 || waiting != 0.0 {
		t.Errorf("with now: %v erased, %v waiting", erased, waiting)
	}
	backup := filepath.Join(filepath.Dir(s.file), "backups", "copy")
	s.ask(call{method: http.MethodPost, path: "/backup", body: map[string]any{"dir": backup}}, http.StatusOK)
	if inFiles(t, backup, number) || !inFiles(t, backup, other) {
		t.Error("the backup holds what was erased, or lacks what was not")
	}
	s.until("the journal's files are clean again", func() bool { return !inFiles(t, data, number) })
	if bytes.Contains([]byte(s.log.String()), []byte(number)) {
		t.Error("the log holds the number")
	}
}

// TestEraseAfterRestart stops the gateway while an endpoint waits for what is to be
// erased: it goes once it was taken, also when no other receipt ever comes.
func TestEraseAfterRestart(t *testing.T) {
	t.Parallel()
	ctx := within(t, patience)
	s := newAPIStage(ctx, t, values{})
	const number = "336000000001"
	s.sink.At("/app").Behave(simulator.Behaviour{FailRate: 1, FailStatus: http.StatusServiceUnavailable})
	s.smsc.Send(simulator.NewSource(simulator.SourceOptions{Seed: 1}).Make(1, simulator.Outcome{Stat: "DELIVRD", Err: "000"}))
	must(t, s.smsc.WaitOK(ctx, 1), s.stage)
	got := s.ask(call{method: http.MethodPost, path: "/erase", body: map[string]any{"recipient": number}}, http.StatusOK)
	if got["waiting"] != 1.0 {
		t.Fatalf("erase: %v", got)
	}
	must(t, s.Close(), s.stage)
	s.sink.At("/app").Behave(simulator.Behaviour{})
	s.run(ctx, t)
	must(t, s.sink.At("/app").WaitFor(ctx, 1), s.stage)
	data := filepath.Join(filepath.Dir(s.file), "data")
	s.until("the journal's files are clean", func() bool { return !inFiles(t, data, number) })
}

// TestEraseInAnyForm has a number erased however it is written, by the operator
// and by whoever asks; others stay.
func TestEraseInAnyForm(t *testing.T) {
	ctx := within(t, patience)
	s := newAPIStage(ctx, t, values{Operator: `    receipts: {country_code: "33"}`})
	forms := []string{
		"33612345678", "+33612345678", "0033612345678", "0612345678", "612345678",
		"33 612 345 678", "+33-612-345-678", "+33 (0)6 12 34 56 78", "06.12.34.56.78", "tel:+33612345678",
	}
	for round, asked := range []string{"33612345678", "+33612345678", "0033612345678", "0612345678", "+33 612-345-678"} {
		for i, number := range append(forms, "33612345679", "4933612345678", "0033612345670") {
			s.deliver(number, fmt.Sprintf("id:%d%d stat:DELIVRD err:000 text:call 33612345678", round, i))
		}
		must(t, s.sink.At("/app").WaitFor(ctx, (len(forms)+3)*(round+1)), s.stage)
		erased := 0.0
		s.until("everything is erased", func() bool {
			got := s.ask(call{method: http.MethodPost, path: "/erase", body: map[string]any{"recipient": asked}}, http.StatusOK)
			erased += got["erased"].(float64)
			return got["waiting"] == 0.0
		})
		left := itemsOf(s.ask(call{method: http.MethodGet, path: "/receipts", query: query("reveal", "1")}, http.StatusOK))
		if len(left) != 3*(round+1) || erased > float64(len(forms)) {
			t.Errorf("after %s was erased %v are left, %v were erased", asked, left, erased)
		}
	}
}

// inFiles tells whether the number stands in a file of the folder.
func inFiles(t *testing.T, dir, number string) bool {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		octets, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if bytes.Contains(octets, []byte(number)) {
			return true
		}
	}
	return false
}
