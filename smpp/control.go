package smpp

import "context"

// interruptible says how to end what begins now; nil when it has ended.
func (b *bind) interruptible(cancel context.CancelCauseFunc) {
	b.control.Lock()
	defer b.control.Unlock()
	b.control.interrupt, b.control.hurry = cancel, false
	if cancel != nil && b.control.held {
		cancel(errHeld)
	}
}

// stop ends the present attempt or session, if there is one.
func (b *bind) stop(why error) {
	b.control.Lock()
	defer b.control.Unlock()
	if b.control.interrupt != nil {
		b.control.interrupt(why)
	}
}

// hold unbinds and stays so, or lets go and hurries.
func (b *bind) hold(held bool) {
	b.control.Lock()
	b.control.held = held
	switch {
	case b.control.interrupt == nil:
		b.control.hurry = !held
	case held:
		b.control.interrupt(errHeld)
	}
	b.control.Unlock()
	b.poke()
}

// poke makes ready look again.
func (b *bind) poke() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}
