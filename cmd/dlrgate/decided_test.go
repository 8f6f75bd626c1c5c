package main

import (
	"bufio"
	"encoding/json"
	"os"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dlrgate/dlrgate/config"
)

// TestReceiptsAreDecided reads receipts that other gateways got wrong or lost,
// and near relatives of them, as `explain` does; what each line wants is a part
// of the result.
func TestReceiptsAreDecided(t *testing.T) {
	t.Parallel()
	file, err := os.Open("../../testdata/receipts/decided.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var e struct {
			N       int
			Profile string
			In      json.RawMessage // a line of explain --jsonl
			Want    any
			Quirk   string
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		t.Run(strconv.Itoa(e.N), func(t *testing.T) {
			t.Parallel()
			o, err := config.DefaultOperator(e.Profile)
			if err != nil {
				t.Fatal(err)
			}
			x, err := newExplainer(o)
			if err != nil {
				t.Fatal(err)
			}
			var got any
			if err := json.Unmarshal(x.answer(e.In, false), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(e.Want, wanted(e.Want, got)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", e.Quirk, diff)
			}
		})
	}
}

// wanted returns what of got want asks for. A wanted null is a key that must not
// be there.
func wanted(want, got any) any {
	asked, isObject := want.(map[string]any)
	given, ok := got.(map[string]any)
	if !isObject || !ok {
		return got
	}
	part := map[string]any{}
	for key, value := range asked {
		part[key] = wanted(value, given[key])
	}
	return part
}
