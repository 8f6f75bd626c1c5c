package smpp

import "testing"

// TestStateMachine holds every pair of state and input: what is not in the table
// must change nothing and do nothing.
func TestStateMachine(t *testing.T) {
	t.Parallel()
	everywhere := map[input]action{
		inEnquireLink: answerEnquireLink, inEnquireLinkResp: noteLink, inAlert: noteAlert,
		inUnknownRequest: nack, inStrayResponse: noteStray,
	}
	want := map[state]map[input]step{
		opening: {
			inBindAccepted: {bound, announceBound}, inBindRefused: {over, endRefused},
			inReceipt: {opening, take}, inUnbind: {released, drain}, inStop: {leaving, drain},
		},
		bound: {
			inReceipt: {bound, take}, inUnbind: {released, drain}, inStop: {leaving, drain},
		},
		leaving: {
			inReceipt: {leaving, refuse}, inUnbind: {released, drain}, inDrained: {unbinding, sendUnbind},
		},
		unbinding: {
			inReceipt: {unbinding, refuse}, inUnbind: {released, drain}, inUnbindResp: {over, endUnbound},
		},
		released: {
			inReceipt: {released, refuse}, inDrained: {over, answerUnbind},
		},
		over: {},
	}
	for st := opening; st <= over; st++ {
		for in := inBindAccepted; in <= inDrained; in++ {
			expected, listed := want[st][in]
			do, common := everywhere[in]
			switch {
			case listed:
			case common && st != over:
				expected = step{st, do}
			default:
				expected = step{st, ignore}
			}
			if got := next(st, in); got != expected {
				t.Errorf("state %d, input %d: got %+v, want %+v", st, in, got, expected)
			}
		}
	}
}
