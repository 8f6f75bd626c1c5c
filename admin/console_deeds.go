package admin

import (
	"fmt"
	"strconv"
	"strings"
)

// askReload shows what a reload would change.
func askReload(d *doer) (question, error) {
	plan, err := d.Reload(d.Context(), true)
	if len(plan) == 0 {
		plan = []string{"The file says what is in force already: nothing changes."}
	}
	return question{What: "Reload the configuration?", Consequence: plan, Button: "Reload", Safe: true}, err
}

func reload(d *doer) (string, error) {
	plan, err := d.Reload(d.Context(), false)
	if len(plan) == 0 {
		return "Reloaded: nothing changed.", err
	}
	return "Reloaded: " + strings.Join(plan, "; ") + ".", err
}

func retryParked(d *doer) (string, error) {
	n, err := d.RetryParked(d.Context(), d.field("name"))
	return deliveries(n) + " tried as soon as the endpoint takes others.", err
}

func askBuryParked(d *doer) (question, error) {
	all, err := d.Endpoints(d.Context())
	n := 0
	for i := range all {
		if all[i].Name == d.field("name") {
			n = sum(all[i].Parked)
		}
	}
	return question{
		What: fmt.Sprintf("Give up %s to %s?", deliveries(n), d.field("name")), Button: "Give them up",
		Consequence: []string{"They are not tried any more and become dead letters, which can be retried or dropped."},
	}, err
}

func buryParked(d *doer) (string, error) {
	n, err := d.BuryParked(d.Context(), d.field("name"))
	return deliveries(n) + " given up.", err
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

// askDead asks q, whose What gets the count and the endpoint's name.
func askDead(q question) func(*doer) (question, error) {
	return func(d *doer) (question, error) {
		choice, err := d.deadChoice()
		if err != nil {
			return question{}, err
		}
		n, err := d.CountDead(d.Context(), choice)
		asked := q
		asked.What = fmt.Sprintf(q.What, deliveries(n.Deliveries), d.field("name"))
		return asked, err
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
