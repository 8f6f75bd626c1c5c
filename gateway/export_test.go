package gateway

import "github.com/dlrgate/dlrgate/admin"

// Mappings is what the console shows of how receipts were judged.
func (g *Gateway) Mappings() []admin.Mapping { return desk{g}.Mappings() }
