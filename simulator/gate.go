package simulator

import (
	"slices"
	"sync"
)

// gate holds back whoever passes while it is shut.
type gate struct {
	mu   sync.Mutex
	open chan struct{} // closed while open
	shut bool
}

func newGate() *gate {
	open := make(chan struct{})
	close(open)
	return &gate{open: open}
}

func (g *gate) set(shut bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if shut == g.shut {
		return
	}
	g.shut = shut
	if shut {
		g.open = make(chan struct{})
	} else {
		close(g.open)
	}
}

// pass returns when the gate is open, or an error when stop is closed first.
func (g *gate) pass(stop <-chan struct{}) error {
	g.mu.Lock()
	open := g.open
	g.mu.Unlock()
	select {
	case <-open:
		return nil
	case <-stop:
		return errUnbound
	}
}

// inOrder returns the receipts in the order in which they were sent.
func inOrder(open map[uint32]*pending) []*pending {
	sequences := make([]uint32, 0, len(open))
	for seq := range open {
		sequences = append(sequences, seq)
	}
	slices.Sort(sequences)
	out := make([]*pending, len(sequences))
	for i, seq := range sequences {
		out[i] = open[seq]
	}
	return out
}
