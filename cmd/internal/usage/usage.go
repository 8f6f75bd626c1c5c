// Package usage has both programs say of wrong usage, in one line, what would be
// right.
package usage

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
)

// Prepare has every command below root, and root itself, tell wrong usage in
// words. Root must have all of its commands.
func Prepare(root *cobra.Command) {
	for _, sub := range root.Commands() {
		Prepare(sub)
	}
	root.SetFlagErrorFunc(flagError)
	switch args := root.Args; {
	case root.HasSubCommands() && !root.Runnable():
		root.SetFlagErrorFunc(func(cmd *cobra.Command, _ error) error { return commandFirst(cmd) })
		root.Args = knownCommand
		root.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	case args != nil:
		root.Args = func(cmd *cobra.Command, given []string) error {
			if args(cmd, given) == nil {
				return nil
			}
			return wrongArgs(cmd, given)
		}
	}
}

// Line is err as one line that ends with where more is told of cmd.
func Line(cmd *cobra.Command, err error) error {
	return fmt.Errorf("%s; see %s --help", strings.Join(strings.Fields(err.Error()), " "), cmd.CommandPath())
}

// commandFirst is for flags behind a command that only holds others.
func commandFirst(cmd *cobra.Command) error {
	return fmt.Errorf("%s needs a command before its flags: %s", cmd.CommandPath(), strings.Join(names(cmd), ", "))
}

func names(cmd *cobra.Command) []string {
	var all []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			all = append(all, sub.Name())
		}
	}
	return all
}

// knownCommand refuses what cobra takes for an argument of a command that only
// holds others.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	const near = 2 // typing mistakes
	cmd.SuggestionsMinimumDistance = near
	if likely := cmd.SuggestionsFor(args[0]); len(likely) > 0 {
		return fmt.Errorf("unknown command %q for %q (did you mean %s?)", args[0], cmd.CommandPath(), strings.Join(likely, " or "))
	}
	return fmt.Errorf("unknown command %q for %q: it has %s", args[0], cmd.CommandPath(), strings.Join(names(cmd), ", "))
}

// wrongArgs tells an argument that is missing from one too many, which may be
// the configuration without its flag.
func wrongArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("an argument is missing: %s", cmd.UseLine())
	}
	for _, arg := range args {
		if cmd.Flags().Lookup("config") != nil && isFile(arg) {
			return fmt.Errorf("%q is an argument too many (did you mean -c %s?)", arg, arg)
		}
	}
	return fmt.Errorf("%q is an argument too many: %s", args[len(args)-1], cmd.UseLine())
}

func isFile(arg string) bool {
	_, err := os.Stat(arg)
	ext := filepath.Ext(arg)
	return err == nil || ext == ".yaml" || ext == ".yml"
}

var badValue = regexp.MustCompile(`(?s)^invalid argument (".*") for "(?:-., )?--([^"]+)" flag: `)

// needs are the types of flags in words.
var needs = map[string]string{
	"bool":     "true or false",
	"duration": "a number and a unit (ms, s, m, h), such as 500ms or 30s",
	"float64":  "a number",
	"int":      "a whole number",
	"uint64":   "a whole number from 0 on",
	"uint8":    "a whole number from 0 to 255",
}

// flagError says what a flag's value should be; the flag's own error names
// functions of Go.
func flagError(cmd *cobra.Command, err error) error {
	m := badValue.FindStringSubmatch(err.Error())
	if m == nil {
		return err
	}
	f := cmd.Flags().Lookup(m[2])
	if f == nil || needs[f.Value.Type()] == "" {
		return err
	}
	return fmt.Errorf("--%s %s: it is %s", m[2], m[1], needs[f.Value.Type()])
}
