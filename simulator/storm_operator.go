package simulator

import "context"

// operator is the one end of a storm.
type operator struct {
	sites  []string
	binds  int
	ledger *Ledger
	play   func(context.Context) error // returns when the last receipt is queued
	close  func()
}

func (o *StormOptions) operator() (operator, error) {
	if o.Scenario != nil {
		run, err := o.Scenario.Start(o.SMSC.Log)
		if err != nil {
			return operator{}, err
		}
		return operator{run.Addrs(), o.Scenario.Binds, run.Ledger(), run.WaitPlayed, run.Close}, nil
	}
	smsc, err := Start(o.SMSC)
	if err != nil {
		return operator{}, err
	}
	smsc.Ledger().DropText = true
	src := NewSource(SourceOptions{Dialect: o.Dialect, Seed: o.Seed, Receipts: o.Count})
	play := func(ctx context.Context) error { return smsc.Play(ctx, src, o.Rate) }
	return operator{[]string{smsc.Addr()}, o.Binds, smsc.Ledger(), play, smsc.Close}, nil
}
