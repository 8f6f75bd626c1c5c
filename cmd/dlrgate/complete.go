package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dlrgate/dlrgate/config"
	"github.com/dlrgate/dlrgate/mapping"
)

// mustComplete offers values for a flag in the shell.
func mustComplete(cmd *cobra.Command, flag string, values func(ctx context.Context, file string) []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		file, err := cmd.Flags().GetString("config")
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		return values(cmd.Context(), file), cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // the flag is not defined: seen by the first run
	}
}

func profileNames() []string {
	var names []string
	for _, p := range mapping.Profiles() {
		names = append(names, p.Name)
	}
	return names
}

func operatorNames(ctx context.Context, file string) []string {
	cfg, _, _ := config.Load(ctx, file, config.Options{Secrets: config.NoSecrets})
	if cfg == nil {
		return nil
	}
	names := make([]string, len(cfg.Operators))
	for i := range cfg.Operators {
		names[i] = cfg.Operators[i].Name
	}
	return names
}
