package admin

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"go.uber.org/zap"
)

// deed is something that a reader of role admin can do from a page.
type deed struct {
	// ask says what will happen, for deeds that are confirmed before; nil: this
	// one needs no second look.
	ask func(*doer) (question, error)
	// do does it and says what was done.
	do func(*doer) (string, error)
}

// doer is one deed being done.
type doer struct {
	Gateway
	*http.Request
}

// field returns a field of the form that was sent.
func (d *doer) field(name string) string { return d.PostFormValue(name) }

// question is asked before a deed.
type question struct{ What, Consequence, Button string }

// deeds are all there are, by the last part of their address.
func deeds() map[string]deed {
	return map[string]deed{
		"unbind":        {ask: askUnbind, do: holdBind(true)},
		"bind":          {do: holdBind(false)},
		"pause":         {do: pauseEndpoint(true)},
		"resume":        {do: pauseEndpoint(false)},
		"enable":        {do: enableEndpoint},
		"test":          {do: testEndpoint},
		"forget":        {ask: askForget, do: forgetEndpoint},
		"dead-retry":    {ask: askDead("Send %s again to %s?", "They are sent after all that waits there now.", "Send them again"), do: retryDead},
		"dead-drop":     {ask: askDead("Drop %s of %s for good?", "The endpoint will never get them. The receipts stay stored and searchable until retention.", "Drop them"), do: dropDead},
		"replay":        {do: replayOne},
		"replay-cancel": {do: cancelReplay},
	}
}

// act does a deed, or asks first; then it leads back to where it was asked for.
func (c *console) act(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("act")
	what, known := deeds()[name]
	gateway, err := c.asks()
	who := callerOf(r.Context())
	switch {
	case !known:
		err = fault{http.StatusNotFound, fmt.Sprintf("there is no act %q", name)}
	case who.role != Admin:
		err = fault{http.StatusForbidden, fmt.Sprintf("token %q is a viewer's: this needs one of role admin", who.name)}
	}
	if err != nil {
		c.problemPage(w, r, err)
		return
	}
	extend(w, long)
	d := &doer{gateway, r}
	if what.ask != nil && d.field("confirmed") == "" {
		c.confirm(w, d, what)
		return
	}
	done, err := what.do(d)
	c.audit.Info("act", zap.String("token", who.name), zap.String("method", r.Method), zap.String("path", r.URL.Path),
		zap.String("on", d.field("name")), zap.Error(err))
	if err != nil {
		c.problemPage(w, r, err)
		return
	}
	c.mu.Lock()
	c.last = glance{} // what is shown next is how it is now
	c.mu.Unlock()
	cookie{noticeCookie, url.QueryEscape(done), noticeLife}.set(w, r)
	http.Redirect(w, r, localPath(d.field("back")), http.StatusSeeOther)
}

// confirm asks, with the same form behind the button.
func (c *console) confirm(w http.ResponseWriter, d *doer, what deed) {
	q, err := what.ask(d)
	if err != nil {
		c.problemPage(w, d.Request, err)
		return
	}
	v := c.viewOf(d.Request, "confirm", "Confirm")
	v.Data = struct {
		question
		Action, Back string
		Fields       url.Values
	}{q, d.URL.Path, localPath(d.field("back")), d.PostForm}
	c.render(w, http.StatusOK, v)
}

func askUnbind(d *doer) (question, error) {
	return question{
		"Unbind " + d.field("name") + "?",
		"It stays unbound, over restarts too, until somebody binds it again. Its operator keeps the receipts meanwhile, as long as it keeps any.",
		"Unbind",
	}, nil
}

func holdBind(held bool) func(*doer) (string, error) {
	said := map[bool]string{true: "%s is unbound and stays so.", false: "%s binds again."}[held]
	return func(d *doer) (string, error) {
		return fmt.Sprintf(said, d.field("name")), d.HoldBind(d.Context(), d.field("name"), held)
	}
}

func pauseEndpoint(paused bool) func(*doer) (string, error) {
	said := map[bool]string{true: "%s is paused: its receipts wait.", false: "%s gets receipts again."}[paused]
	return func(d *doer) (string, error) {
		return fmt.Sprintf(said, d.field("name")), d.PauseEndpoint(d.Context(), d.field("name"), paused)
	}
}

func enableEndpoint(d *doer) (string, error) {
	return d.field("name") + " is enabled.", d.EnableEndpoint(d.Context(), d.field("name"))
}

func testEndpoint(d *doer) (string, error) {
	name := d.field("name")
	result, err := d.TestEndpoint(d.Context(), name)
	switch {
	case err != nil:
		return "", err
	case result.Taken:
		return fmt.Sprintf("%s took the test event: HTTP %d in %d ms.", name, result.Status, result.TookMS), nil
	}
	return fmt.Sprintf("%s did not take the test event: %s", name, result.Reason), nil
}

func askForget(d *doer) (question, error) {
	return question{
		"Forget endpoint " + d.field("name") + "?",
		"All that is known of it goes: what waits there, its parked and its dead deliveries. Receipts stay stored.",
		"Forget it",
	}, nil
}

func forgetEndpoint(d *doer) (string, error) {
	return d.field("name") + " is forgotten.", d.ForgetEndpoint(d.Context(), d.field("name"))
}

// deadChoice reads which dead letters a form is about: one by id, or all of an
// endpoint.
func (d *doer) deadChoice() (DeadChoice, error) {
	if text := d.field("id"); text != "" {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return DeadChoice{}, invalid("id: %q is not a number", text)
		}
		return DeadChoice{IDs: []int64{id}}, nil
	}
	if d.field("name") == "" {
		return DeadChoice{}, invalid("name: which endpoint's dead letters?")
	}
	return DeadChoice{Endpoint: d.field("name")}, nil
}

func askDead(what, consequence, button string) func(*doer) (question, error) {
	return func(d *doer) (question, error) {
		choice, err := d.deadChoice()
		if err != nil {
			return question{}, err
		}
		n, err := d.CountDead(d.Context(), choice)
		return question{fmt.Sprintf(what, deliveries(n.Deliveries), d.field("name")), consequence, button}, err
	}
}

func deliveries(n int) string {
	if n == 1 {
		return "1 delivery"
	}
	return count(n) + " deliveries"
}

func retryDead(d *doer) (string, error) {
	choice, err := d.deadChoice()
	if err != nil {
		return "", err
	}
	n, err := d.RetryDead(d.Context(), choice)
	return deliveries(n.Deliveries) + " on the way again.", err
}

func dropDead(d *doer) (string, error) {
	choice, err := d.deadChoice()
	if err != nil {
		return "", err
	}
	n, err := d.DropDead(d.Context(), choice)
	return deliveries(n.Deliveries) + " dropped.", err
}

func replayOne(d *doer) (string, error) {
	order := ReplayOrder{Endpoint: d.field("name"), IDs: []string{d.field("id")}}
	if err := order.check(); err != nil {
		return "", err
	}
	replay, err := d.StartReplay(d.Context(), order)
	return fmt.Sprintf("Replay %s sends it to %s again.", replay.ID, strings.TrimSpace(order.Endpoint)), err
}

func cancelReplay(d *doer) (string, error) {
	return "Replay " + d.field("id") + " is cancelled.", d.CancelReplay(d.Context(), d.field("id"))
}
