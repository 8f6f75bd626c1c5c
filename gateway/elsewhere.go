package gateway

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dlrgate/dlrgate/admin"
)

// elsewhere names those of the operators whose stored receipts this gateway
// cannot look through, since it does not hold them; "" asks of all. It fails when
// there is none left to look through: nothing found would be taken for nothing
// there.
func (d desk) elsewhere(operator string) ([]string, error) {
	cfg, _, _ := d.running()
	asked := operatorNames(cfg)
	if operator != "" {
		asked = slices.DeleteFunc(asked, func(name string) bool { return name != operator })
	}
	var absent []string
	for _, name := range asked {
		if _, held := d.g.journal.StreamOf(name); !held {
			absent = append(absent, name)
		}
	}
	if len(absent) == 0 || len(absent) < len(asked) {
		return absent, nil
	}
	names := strings.Join(absent, ", ")
	if err := d.g.journal.Storable(); err != nil {
		return absent, fmt.Errorf("%w: the journal cannot be used, so the receipts of %s cannot be looked through: %w",
			admin.ErrUnavailable, names, err)
	}
	ask := "that one"
	if by := slices.Compact(slices.Sorted(maps.Values(d.g.holders()))); len(by) > 0 {
		ask = strings.Join(by, ", ")
	}
	return absent, fmt.Errorf("%w: this gateway stands by; another one holds %s, and knows their receipts: ask %s",
		admin.ErrConflict, names, ask)
}
