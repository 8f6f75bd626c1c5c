package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/dlrgate/dlrgate/config"
	"github.com/dlrgate/dlrgate/simulator"
)

//go:embed demo.yaml
var demoYAML string

// demoStage is what stands around the gateway.
type demoStage struct {
	smscs  map[string]*simulator.SMSC
	sink   *simulator.Sink
	events chan demoEvent
}

type demoEvent struct {
	simulator.Arrival
	data []byte
}

func newDemoStage() (*demoStage, error) {
	s := &demoStage{smscs: map[string]*simulator.SMSC{}, events: make(chan demoEvent, len(demoScript))}
	var err error
	s.sink, err = simulator.StartSink(simulator.SinkOptions{
		Secrets: []string{demoSecret},
		OnEvent: func(_ string, a simulator.Arrival, data []byte) { s.events <- demoEvent{a, bytes.Clone(data)} },
	})
	if err != nil {
		return nil, err
	}
	for _, step := range demoScript {
		if s.smscs[step.operator] == nil {
			if s.smscs[step.operator], err = simulator.Start(simulator.Options{}); err != nil {
				s.close()
				return nil, err
			}
		}
	}
	return s, nil
}

func (s *demoStage) close() {
	for _, smsc := range s.smscs {
		smsc.Close()
	}
	s.sink.Close()
}

// configure writes the demo's configuration and loads it as any other.
func (s *demoStage) configure(ctx context.Context, folder string) (*config.Config, error) {
	type operator struct{ Name, Address, Profile string }
	values := struct {
		Operators   []operator
		URL, Secret string
	}{URL: s.sink.URL("/app"), Secret: demoSecret}
	seen := map[string]bool{}
	for _, step := range demoScript {
		if !seen[step.operator] {
			profile, _, _ := strings.Cut(step.dialect, "+")
			values.Operators = append(values.Operators, operator{step.operator, s.smscs[step.operator].Addr(), profile})
			seen[step.operator] = true
		}
	}
	var text bytes.Buffer
	if err := template.Must(template.New("demo.yaml").Parse(demoYAML)).Execute(&text, values); err != nil {
		return nil, err
	}
	file := filepath.Join(folder, "demo.yaml")
	if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
		return nil, err
	}
	cfg, faults, _ := config.Load(ctx, file, config.Options{})
	if len(faults) > 0 {
		return nil, errors.New(faults[0].String())
	}
	return cfg, nil
}
