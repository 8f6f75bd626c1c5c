package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// secrets are a webhook's, each as the flag names it: itself, or the file that
// the gateway's configuration names as well.
type secrets []string

const secretFile = "file:"

func (s *secrets) flag(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar((*[]string)(s), "secret", nil,
		"a webhook `SECRET`: whsec_…, or file:PATH; repeat it for a rotation (default: signatures are not checked)")
}

// read returns the secrets themselves.
func (s secrets) read() ([]string, error) {
	values := slices.Clone([]string(s))
	for i, named := range values {
		path, inFile := strings.CutPrefix(named, secretFile)
		if !inFile {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fault{fmt.Errorf("--secret: %w", err)}
		}
		values[i] = strings.TrimSpace(string(text))
	}
	return values, nil
}

// yaml is the same in the configuration of the gateway's endpoint: one that was
// typed belongs into its environment.
func (s secrets) yaml() string {
	if len(s) == 0 {
		return ""
	}
	var forms []string
	for _, named := range s {
		if !strings.HasPrefix(named, secretFile) {
			named = "${APP_WEBHOOK_SECRET}"
		}
		forms = append(forms, fmt.Sprintf("%q", named))
	}
	return ", secrets: [" + strings.Join(slices.Compact(forms), ", ") + "]"
}
