package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

var errNotReloaded = errors.New("nothing was changed: the running gateway goes on with the configuration that it has")

func reloadCommand() *cobra.Command {
	var dryRun, asJSON bool
	cmd := &cobra.Command{
		Use:   "reload",
		Short: "Have the gateway read its configuration again",
		Long: `Have the gateway read its configuration again, and print what changes. With faults in it, or changes that
only a restart can make, everything stays as it was.`,
		Args: cobra.NoArgs,
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only print what would change")
	jsonFlag(cmd, &asJSON)
	return remoteCommand(cmd, func(cmd *cobra.Command, r *remote, _ []string) error {
		if len(r.faults) > 0 {
			printFaults(cmd.ErrOrStderr(), "", r.faults)
			return exitError{exitUsage, errNotReloaded} // whichever file is the gateway's own
		}
		var plan struct {
			DryRun  bool     `json:"dry_run"`
			Changes []string `json:"changes"`
		}
		path := "reload"
		if dryRun {
			path += "?dry_run=1"
		}
		if err := r.post(cmd.Context(), path, nil, &plan); err != nil {
			return sayFaults(cmd, failed(err), errNotReloaded)
		}
		if asJSON {
			return printJSON(cmd.OutOrStdout(), plan)
		}
		w := cmd.OutOrStdout()
		switch {
		case len(plan.Changes) == 0:
			fmt.Fprintln(w, "nothing changes")
		case dryRun:
			fmt.Fprintln(w, "a reload would change:")
		default:
			fmt.Fprintln(w, "reloaded:")
		}
		for _, change := range plan.Changes {
			fmt.Fprintln(w, "  "+change)
		}
		return nil
	})
}

// sayFaults prints an error of several lines, a configuration's faults, line by
// line, and leaves last to be said.
func sayFaults(cmd *cobra.Command, err, last error) error {
	if err == nil || !strings.Contains(err.Error(), "\n") {
		return err
	}
	fmt.Fprintln(cmd.ErrOrStderr(), err)
	code := exitFailed
	if e := (exitError{}); errors.As(err, &e) {
		code = e.code
	}
	return exitError{code, last}
}

func backupCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backup DIR",
		Short: "Write a consistent copy of the journal into a folder on the gateway's machine",
		Long: `Write a consistent copy of the journal into DIR on the gateway's machine, below journal.backup_dir, while
receipts are stored. Put it in the place of journal.path to restore it. With PostgreSQL it says which pg_dump to run.`,
		Args: cobra.ExactArgs(1),
	}
	return remoteCommand(cmd, func(cmd *cobra.Command, r *remote, args []string) error {
		dir, err := filepath.Abs(args[0])
		if err != nil {
			return err
		}
		var result struct {
			Copied        bool   `json:"copied"`
			SchemaVersion int    `json:"schema_version"`
			Command       string `json:"command"`
			Tool          string `json:"tool"`
		}
		if err := r.post(cmd.Context(), "backup", map[string]string{"dir": dir}, &result); err != nil {
			return failed(err)
		}
		w := cmd.OutOrStdout()
		if result.Copied {
			fmt.Fprintf(w, "the journal is copied into %s, schema version %d\n", dir, result.SchemaVersion)
			return nil
		}
		fmt.Fprintf(w, "nothing is copied: the journal is in a database, schema version %d\nrun %s:\n%s\n",
			result.SchemaVersion, result.Tool, result.Command)
		return nil
	})
}

func eraseCommand() *cobra.Command {
	var recipient string
	var now, yes bool
	cmd := &cobra.Command{
		Use:   "erase --recipient N",
		Short: "Erase a recipient's receipts",
		Long: `Erase a recipient's receipts from the journal. What still waits at an endpoint is erased when it is taken,
given up or dropped; the command prints how many, and exits 1 while some wait. --now drops them.`,
		Args: cobra.NoArgs,
	}
	cmd.Flags().StringVar(&recipient, "recipient", "", "the handset's number")
	cmd.Flags().BoolVar(&now, "now", false, "drop also what still waits at an endpoint")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return remoteCommand(cmd, func(cmd *cobra.Command, r *remote, _ []string) error {
		if recipient == "" {
			return usageError("--recipient is needed: the number whose receipts go")
		}
		if err := confirm(cmd, yes, "Erase all receipts of %s for ever?", recipient); err != nil {
			return err
		}
		var result struct {
			Erased  int      `json:"erased"`
			Waiting int      `json:"waiting"`
			Standby []string `json:"standby"`
		}
		if err := r.post(cmd.Context(), "erase", map[string]any{"recipient": recipient, "now": now}, &result); err != nil {
			return failed(err)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s erased\n", count(result.Erased, "receipt"))
		if len(result.Standby) > 0 {
			fmt.Fprintf(cmd.ErrOrStderr(), "those of %s are another gateway's: erase there, too\n", strings.Join(result.Standby, ", "))
		}
		if result.Waiting > 0 {
			return fmt.Errorf("%s left, erased as soon as taken or given up; --now drops what is left", count(result.Waiting, "receipt"))
		}
		return nil
	})
}
