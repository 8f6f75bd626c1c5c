package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

// mappingRow is what an operator's rules made of its receipts, as the gateway
// tells it.
type mappingRow struct {
	Operator string            `json:"operator"`
	Profile  string            `json:"profile"`
	Config   string            `json:"config"`
	Since    time.Time         `json:"since"`
	By       map[string]uint64 `json:"decided_by"`
	Rules    []struct {
		Rule  string    `json:"rule"`
		Note  string    `json:"note,omitempty"`
		Hits  uint64    `json:"hits"`
		Since time.Time `json:"since"`
	} `json:"rules"`
	Unmapped []struct {
		Stat         string `json:"stat,omitempty"`
		Err          string `json:"err,omitempty"`
		NetworkError *struct {
			Type int `json:"type"`
			Code int `json:"code"`
		} `json:"network_error_code,omitempty"`
		Status string    `json:"status"`
		Count  uint64    `json:"count"`
		Last   time.Time `json:"last"`
	} `json:"unmapped"`
	Unlisted uint64 `json:"unlisted"`
}

func unmappedCommand() *cobra.Command {
	var operator string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "unmapped",
		Short: "List the codes that came and that no rule and no table knows",
		Long: `List what operators reported since their rules were loaded and no rule and no table knows, most frequent
first. --json tells also what each rule decided.`,
		Args: cobra.NoArgs,
	}
	cmd.Flags().StringVar(&operator, "operator", "", "of this operator")
	jsonFlag(cmd, &asJSON)
	return remoteCommand(cmd, func(cmd *cobra.Command, r *remote, _ []string) error {
		var all items[mappingRow]
		if err := r.get(cmd.Context(), "mapping", ask("operator", operator), &all); err != nil {
			return failed(err)
		}
		if asJSON {
			return printJSON(cmd.OutOrStdout(), all)
		}
		rows := [][]string{{"OPERATOR", "STAT", "ERR", "NETWORK ERROR", "BECOMES", "COUNT", "LAST"}}
		for i := range all.Items {
			rows = append(rows, all.Items[i].unmapped()...)
		}
		if len(rows) == 1 {
			fmt.Fprintln(cmd.ErrOrStderr(), "every code that came since the rules were loaded is known")
			return nil
		}
		return printTable(cmd.OutOrStdout(), rows)
	})
}

// unmapped are the operator's unmapped codes as rows of a table.
func (m *mappingRow) unmapped() (rows [][]string) {
	for _, u := range m.Unmapped {
		network := ""
		if u.NetworkError != nil {
			network = fmt.Sprintf("type %d, code %d", u.NetworkError.Type, u.NetworkError.Code)
		}
		rows = append(rows, []string{
			m.Operator, orDash(printable(u.Stat)), orDash(printable(u.Err)), orDash(network), u.Status,
			strconv.FormatUint(u.Count, 10), stamp(u.Last),
		})
	}
	if m.Unlisted > 0 {
		rows = append(rows, []string{m.Operator, "others", "-", "-", "-", strconv.FormatUint(m.Unlisted, 10), "-"})
	}
	return rows
}
