package main

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"

	"github.com/spf13/cobra"
)

// receiptCounts is how many receipts a search found. Each is stored, and was
// answered OK for that.
type receiptCounts struct {
	Receipts int `json:"receipts"`
	// Copies are those among them that the operator had sent before.
	Copies int `json:"copies"`
	// Statuses counts by status, or by kind what has none.
	Statuses   map[string]int `json:"statuses"`
	Unsearched int            `json:"unsearched"`
	Standby    []string       `json:"standby,omitempty"`
}

func (c *receiptCounts) add(page items[receiptRow]) {
	for i := range page.Items {
		x := &page.Items[i]
		c.Receipts++
		if x.Duplicate {
			c.Copies++
		}
		c.Statuses[cmp.Or(x.Status, x.Kind)]++
	}
	c.Unsearched, c.Standby = page.Unsearched, page.Standby
}

// counted counts what the query finds, page by page.
func (f *receiptsFlags) counted(cmd *cobra.Command, r *remote, query url.Values) error {
	counts := receiptCounts{Statuses: map[string]int{}}
	if err := eachPage(cmd.Context(), r, listing{"receipts", query, math.MaxInt}, counts.add); err != nil {
		return failed(err)
	}
	if f.asJSON {
		return printJSON(cmd.OutOrStdout(), counts)
	}
	missing(cmd, counts.Unsearched, counts.Standby)
	fmt.Fprintf(cmd.OutOrStdout(), "%s stored and answered OK, %s of them were copies that the operator sent again\n",
		count(counts.Receipts, "receipt"), strconv.Itoa(counts.Copies))
	if counts.Receipts == 0 {
		return nil
	}
	rows := [][]string{{"STATUS", "RECEIPTS"}}
	names := slices.SortedFunc(maps.Keys(counts.Statuses), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts.Statuses[b], counts.Statuses[a]), cmp.Compare(a, b))
	})
	for _, name := range names {
		rows = append(rows, []string{name, strconv.Itoa(counts.Statuses[name])})
	}
	return printTable(cmd.OutOrStdout(), rows)
}
