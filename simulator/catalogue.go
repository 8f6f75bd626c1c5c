package simulator

import (
	_ "embed"
	"encoding/csv"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed data/dialects.csv
var dialectsCSV string

//go:embed data/outcomes.csv
var outcomesCSV string

// catalogue reads the embedded tables once. They are part of the program, so a
// fault in them is a fault of the build, which a test finds.
var catalogue = sync.OnceValue(func() []Dialect {
	outcomes := map[string][]Outcome{}
	for _, row := range table(outcomesCSV, 6) {
		weight, err := strconv.ParseFloat(row[4], 64)
		if err != nil {
			panic(err)
		}
		outcomes[row[0]] = append(outcomes[row[0]],
			Outcome{Stat: row[1], Err: row[2], Status: row[3], Weight: weight, Meaning: row[5]})
	}
	var list []Dialect
	for _, row := range table(dialectsCSV, 4) {
		d := Dialect{
			Name: row[0], Profile: row[1], Summary: row[3], Outcomes: outcomes[row[0]],
			RespID: IDPadded, TextID: IDPadded, Dates: "0601021504", ESMClass: 4, PendingESMClass: 4,
		}
		d.Pending = Outcome{Stat: "ENROUTE", Err: "000", Status: "in_progress", Meaning: "on its way"}
		for i, o := range d.Outcomes {
			if o.Weight == 0 {
				d.Pending, d.Outcomes = o, slices.Delete(d.Outcomes, i, i+1)
				break
			}
		}
		if err := d.apply(strings.Fields(row[2])); err != nil {
			panic(err)
		}
		list = append(list, d)
	}
	return list
})

func table(text string, columns int) [][]string {
	r := csv.NewReader(strings.NewReader(text))
	r.Comment, r.FieldsPerRecord = '#', columns
	rows, err := r.ReadAll()
	if err != nil {
		panic(err)
	}
	return rows[1:]
}
