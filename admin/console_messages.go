package admin

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/explain"
	"github.com/dlrgate/dlrgate/mapping"
)

// searchForm is what was asked for, as it was written.
type searchForm struct{ MessageID, Recipient, Operator, Status, Since, Until string }

// messagesData is a page of receipts that a search found.
type messagesData struct {
	Form       searchForm
	Problem    string
	Receipts   []summaryJSON
	Unsearched int
	// Newer and Older are addresses of other pages of the search.
	Newer, Older string
	Statuses     []mapping.Info
	Operators    []Operator
}

func (c *console) messages(r *http.Request, sees *looks) (any, error) {
	p := readParams(r, "message_id", "recipient", "operator", "status", "since", "until", "cursor", "reveal")
	d := &messagesData{
		Form: searchForm{
			MessageID: p.text("message_id"), Recipient: p.text("recipient"), Operator: p.text("operator"),
			Status: p.text("status"), Since: p.text("since"), Until: p.text("until"),
		},
		Statuses: mapping.Statuses(), Operators: sees.now.Operators,
	}
	q := Query{
		MessageID: d.Form.MessageID, Recipient: plainRecipient(d.Form.Recipient), Operator: d.Form.Operator,
		Status: p.status("status"), Cursor: p.text("cursor"), Limit: defaultLimit,
	}
	q.Since, q.Until = p.span()
	page, err := Page{}, p.err
	if err == nil {
		page, err = sees.Search(r.Context(), q)
	}
	if err != nil {
		if d.Problem = senseless(err); d.Problem == "" {
			return nil, err
		}
	}
	for i := range page.Receipts {
		d.Receipts = append(d.Receipts, summaryOf(&page.Receipts[i]))
	}
	d.Unsearched = page.Unsearched
	if page.Next != "" {
		d.Older = with(r, "cursor", page.Next)
	}
	if q.Cursor != "" {
		d.Newer = with(r, "cursor", "")
	}
	return d, nil
}

// senseless says what is wrong with a search that makes no sense, or none now,
// beside whose form it is shown; of other errors nothing.
func senseless(err error) string {
	switch statusOf(err) {
	case http.StatusBadRequest, http.StatusConflict, http.StatusServiceUnavailable:
		return wording(err)
	}
	return ""
}

// messageData is one receipt and the message that it belongs to.
type messageData struct {
	receiptJSON
	Summary summaryJSON
	// Parsed is what was read, and from where.
	Parsed []explain.Row
	// Decided is the decision, as the event has it; nil for what has none.
	Decided *explain.Decided
	// Dump is the octets as people read them; empty while numbers are masked.
	Dump string
	// Message are all receipts of the message, oldest first.
	Message []summaryJSON
	// Endpoints are those that a replay can go to.
	Endpoints []string
	// Same is the address of the search for the whole message.
	Same string
}

// siblings is how many receipts of one message are shown.
const siblings = 50

func (c *console) message(r *http.Request, sees *looks) (any, error) {
	found, err := sees.Gateway.Receipt(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	first, shown := &found.Copies[0].Summary, found.Copies[0].Summary
	sees.veil.summary(&shown)
	d := &messageData{receiptJSON: found.json(), Summary: summaryOf(&shown)}
	sees.veil.receipt(&d.receiptJSON, found.Facts)
	if sees.veil == veilOpen {
		d.Dump = dumpOf(found.Facts.Body)
	}
	if err := d.read(); err != nil {
		return nil, err
	}
	if first.MessageID != "" {
		if err := d.addSiblings(r.Context(), sees, first); err != nil {
			return nil, err
		}
	}
	if shown.MessageID == first.MessageID && first.MessageID != "" {
		d.Same = "/messages?" + url.Values{"message_id": {first.MessageID}, "operator": {first.Operator}}.Encode()
	}
	if len(d.Message) == 0 { // too new for the search, or nobody knows whose it is
		d.Message = []summaryJSON{d.Summary}
	}
	for i := range sees.now.Endpoints {
		if e := &sees.now.Endpoints[i]; e.State != EndpointRemoved {
			d.Endpoints = append(d.Endpoints, e.Name)
		}
	}
	return d, nil
}

// addSiblings finds all receipts of the message that of belongs to.
func (d *messageData) addSiblings(ctx context.Context, sees *looks, of *event.Summary) error {
	page, err := sees.Gateway.Search(ctx, Query{MessageID: of.MessageID, Recipient: of.Recipient, Operator: of.Operator, Limit: siblings})
	if err != nil {
		return err
	}
	sees.page(&page)
	for i := range page.Receipts {
		d.Message = append(d.Message, summaryOf(&page.Receipts[i]))
	}
	slices.Reverse(d.Message)
	return nil
}

// read takes the parse and the decision out of the event's data.
func (d *messageData) read() error {
	if d.Data == nil {
		return nil
	}
	read, err := explain.Stored(d.Data)
	if err != nil {
		return err
	}
	d.Parsed, d.Decided = read.Rows, read.Decided
	return nil
}
