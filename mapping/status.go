package mapping

import (
	"encoding/json"
	"slices"
)

// Status is one of the 19 documented statuses, as an index into their table;
// the zero value is not a status.
type Status uint8

// The documented statuses.
const (
	Sent Status = iota + 1
	InProgress
	Received
	DeliveredToOperator
	PartiallyReceived
	NotSentInsufficientCredit
	Undefined
	TemporaryErrorOperator
	TemporaryErrorAbsence
	TemporaryErrorPhone
	TemporaryErrorPortability
	PermanentErrorAbsence
	PermanentErrorPhone
	PermanentErrorPortability
	InternalError
	RoutingError
	ReceptionError
	ErrorOther
	BlacklistedNumber
)

// The values of Info.Final.
const (
	finalYes = "yes"
	finalNo  = "no"
)

// The values of Info.Advice.
const (
	adviceNone         = "none"
	adviceKeep         = "keep"
	adviceRemovable    = "removable"
	adviceDoNotContact = "do_not_contact"
)

// Info is what is documented of a status.
type Info struct {
	Name     string // fixed, as in configuration and events
	Code     int    // smsmode's number
	Label    string // the document's wording
	Category string // general, temporary, permanent, other
	Final    string // "yes", "no", or when
	Advice   string // none, keep, removable, do_not_contact: what to do with the number
	Meaning  string // one sentence, our wording
}

// MarshalJSON writes final as events do, true or false; of a status that is final
// only sometimes it is false, and final_when says when it is not.
func (i Info) MarshalJSON() ([]byte, error) {
	out := struct {
		Name      string `json:"name"`
		Code      int    `json:"code"`
		Label     string `json:"label"`
		Category  string `json:"category"`
		Final     bool   `json:"final"`
		FinalWhen string `json:"final_when,omitempty"`
		Advice    string `json:"advice"`
		Meaning   string `json:"meaning"`
	}{i.Name, i.Code, i.Label, i.Category, i.Final == finalYes, "", i.Advice, i.Meaning}
	if i.Final != finalYes && i.Final != finalNo {
		out.FinalWhen = i.Final
	}
	return json.Marshal(out)
}

// documented holds the statuses in the order of their constants; it is only read.
var documented = [19]Info{
	{"sent", 0, "Sent", "general", finalNo, adviceNone, "The message was handed to the operator; nothing further is known yet."},
	{"in_progress", 1, "In Progress", "general", finalNo, adviceNone, "The operator is still working on the message."},
	{"received", 11, "Received", "general", finalYes, adviceKeep, "The operator confirms that the handset took the message."},
	{"delivered_to_operator", 13, "Delivered to operator", "general", finalNo, adviceKeep, "The operator knows the number and holds the message; the handset does not have it yet."},
	{"partially_received", 15, "Partially received", "general", finalYes, adviceNone, "A shipment to several recipients ended, and not all of them took the message."},
	{"not_sent_insufficient_credit", 33, "Not sent - Insufficient credit", "general", finalYes, adviceNone, "The sending account has no credit left, so nothing was sent."},
	{"undefined", 999, "Undefined", "general", "only for stat UNKNOWN / state 7", adviceNone, "Nobody can say what became of the message."},
	{"temporary_error_operator", 3501, "Temporary error operator", "temporary", finalYes, adviceKeep, "The operator could not deliver for reasons of its own, such as congestion."},
	{"temporary_error_absence", 3502, "Temporary error Absence", "temporary", finalYes, adviceKeep, "The handset stayed off or out of reach until the operator gave up."},
	{"temporary_error_phone", 3503, "Temporary error Phone", "temporary", finalYes, adviceKeep, "The handset was reached and could not take the message; the number is valid."},
	{"temporary_error_portability", 3504, "Temporary error portability", "temporary", finalYes, adviceKeep, "The number is moving between operators and should work again soon."},
	{"permanent_error_absence", 3522, "Permanent error absence", "permanent", finalYes, adviceRemovable, "No operator recognises the number."},
	{"permanent_error_phone", 3523, "Permanent error phone", "permanent", finalYes, adviceRemovable, "The number is assigned to nobody."},
	{"permanent_error_portability", 3526, "Permanent error portability", "permanent", finalYes, adviceNone, "The number was ported to an operator that is not known."},
	{"internal_error", 2, "Internal error", "other", finalYes, adviceNone, "The sending platform itself failed."},
	{"routing_error", 34, "Routing error", "other", finalYes, adviceNone, "The number has a form that is not recognised, or its destination is not served."},
	{"reception_error", 35, "Reception error", "other", finalYes, adviceKeep, "The message was not delivered; the cause says nothing against the number."},
	{"error_other", 3599, "Error other", "other", finalYes, adviceNone, "Sending failed on the operator's side in a way that has no status of its own."},
	{"blacklisted_number", 3999, "Black-listed number", "other", finalYes, adviceDoNotContact, "The recipient asked not to get messages from this sender."},
}

// Statuses returns what is documented of the 19 statuses, in the document's order.
func Statuses() []Info {
	return slices.Clone(documented[:])
}

// StatusByName finds a status by its name as in configuration and events.
func StatusByName(name string) (Status, bool) {
	for i := range documented {
		if documented[i].Name == name {
			return Status(i + 1), true
		}
	}
	return 0, false
}

// Info returns what is documented of s, or the zero Info if s is not a status.
func (s Status) Info() Info {
	if s == 0 || int(s) > len(documented) {
		return Info{}
	}
	return documented[s-1]
}

// String returns the name of s, or "" if s is not a status.
func (s Status) String() string { return s.Info().Name }

// final says that s ends a message whatever the state.
func (s Status) final() bool {
	return s != 0 && int(s) <= len(documented) && documented[s-1].Final == finalYes
}

// removable says that the documented advice allows to delete the number.
func (s Status) removable() bool { return s.Info().Advice == adviceRemovable }
