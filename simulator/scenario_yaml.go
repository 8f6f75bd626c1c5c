package simulator

import (
	"net"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

// object reads each key with its function; an unknown or repeated key is a
// fault.
func (r *scenarioReader) object(n *yaml.Node, path string, keys map[string]func(*yaml.Node, string)) {
	if n.Kind != yaml.MappingNode {
		r.fault(n, path, "keys and values are wanted here")
		return
	}
	seen := map[string]bool{}
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		full := key.Value
		if path != "" {
			full = path + "." + key.Value
		}
		read, known := keys[key.Value]
		switch {
		case !known:
			names := make([]string, 0, len(keys))
			for name := range keys {
				names = append(names, name)
			}
			slices.Sort(names)
			r.fault(key, full, "unknown key; the nearest is %q", nearest(key.Value, names))
		case seen[key.Value]:
			r.fault(key, full, "this key stands here twice")
		default:
			seen[key.Value] = true
			read(value, full)
		}
	}
}

func (r *scenarioReader) list(n *yaml.Node, path string, item func(*yaml.Node, string)) {
	if n.Kind != yaml.SequenceNode {
		r.fault(n, path, "a list is wanted here")
		return
	}
	for i, member := range n.Content {
		item(member, path+"["+strconv.Itoa(i)+"]")
	}
}

func child(n *yaml.Node, key string) *yaml.Node {
	if n.Kind == yaml.MappingNode {
		for i := 0; i < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				return n.Content[i+1]
			}
		}
	}
	return nil
}

func (r *scenarioReader) text(n *yaml.Node, path string) string {
	if n.Kind != yaml.ScalarNode {
		r.fault(n, path, "a text is wanted here")
		return ""
	}
	return n.Value
}

// quoted is a text that YAML would take for a number without quotes.
func (r *scenarioReader) quoted(n *yaml.Node, path string) string {
	if n.Kind == yaml.ScalarNode && n.Tag != "!!str" {
		r.fault(n, path, "put it in quotes: \"%s\"", n.Value)
	}
	return r.text(n, path)
}

func (r *scenarioReader) integer(n *yaml.Node, path string, least int) int {
	var out int
	if n.Kind != yaml.ScalarNode || n.Decode(&out) != nil {
		r.fault(n, path, "%q is not a whole number", n.Value)
		return least
	}
	if out < least {
		r.fault(n, path, "%d is less than %d", out, least)
	}
	return out
}

func (r *scenarioReader) number(n *yaml.Node, path string, most float64) float64 {
	var out float64
	if n.Kind != yaml.ScalarNode || n.Decode(&out) != nil {
		r.fault(n, path, "%q is not a number", n.Value)
		return 0
	}
	if out < 0 || out > most {
		r.fault(n, path, "%v is not between 0 and %v", out, most)
	}
	return out
}

func (r *scenarioReader) duration(n *yaml.Node, path string) time.Duration {
	out, err := time.ParseDuration(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || out < 0 {
		r.fault(n, path, "%q is not a time such as 500ms, 30s or 2m", n.Value)
	}
	return out
}

func (r *scenarioReader) status(n *yaml.Node, path string) CommandStatus {
	var out uint32
	if n.Kind != yaml.ScalarNode || n.Decode(&out) != nil {
		r.fault(n, path, "%q is not a command_status such as 0x14", n.Value)
	}
	return CommandStatus(out)
}

func (r *scenarioReader) address(n *yaml.Node, path string) string {
	if _, port, err := net.SplitHostPort(n.Value); err != nil || port == "" {
		r.fault(n, path, "%q is not host:port, such as 127.0.0.1:2775", n.Value)
	}
	return n.Value
}
