package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/dlrgate/dlrgate/config"
)

// output remembers that what a command prints did not arrive, which its prints
// need not look at one by one.
type output struct {
	io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	if err != nil && o.err == nil {
		o.err = err
	}
	return n, err
}

// failed is the first error, with what to do about it.
func (o *output) failed() error {
	if o.err == nil {
		return nil
	}
	return exitError{exitFailed, fmt.Errorf("what was to be printed is cut: %w: it must go where there is room for it", o.err)}
}

// configFlag adds -c, the configuration's file.
func configFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVarP(file, "config", "c", "", "configuration file")
	if err := cmd.MarkFlagFilename("config", "yaml", "yml"); err != nil {
		panic(err) // the flag is defined one line above
	}
}

// load reads the configuration. It prints every fault; the error then carries
// the exit code alone.
func load(cmd *cobra.Command, file string, o config.Options) (cfg *config.Config, warnings []config.Fault, err error) {
	if file == "" {
		return nil, nil, usageError("name the configuration: %s -c FILE", cmd.CommandPath())
	}
	o.Environ = os.Environ()
	cfg, faults, warnings := config.Load(cmd.Context(), file, o)
	if len(faults) > 0 {
		printFaults(cmd.ErrOrStderr(), "", faults)
		return nil, nil, exitError{code: exitUsage}
	}
	return cfg, warnings, nil
}

func printFaults(w io.Writer, prefix string, faults []config.Fault) {
	for _, f := range faults {
		fmt.Fprintln(w, prefix+f.String())
	}
}

// printJSON writes v as indented JSON, the same characters as in an event but
// for those that cannot be seen, which stand as escapes.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// printTable writes aligned columns; the header comes first.
func printTable(w io.Writer, rows [][]string) error {
	var aligned bytes.Buffer
	t := tabwriter.NewWriter(&aligned, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(t, strings.Join(row, "\t"))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(aligned.String()) {
		fmt.Fprintln(w, strings.TrimRight(line, " \n"))
	}
	return nil
}
