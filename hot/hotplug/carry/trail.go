package carry

import "reflect"

// trail is the path to a value, and the structs that it leads through.
type trail struct {
	text  string
	above *ancestor
}

type ancestor struct {
	of    reflect.Type
	text  string
	above *ancestor
}

func (t trail) field(name string) trail { return trail{t.text + name, t.above} }

// into leads into a struct. One within another of its type, as in a list or a tree, has the
// path of that: or paths would be as long as lists are.
func (t trail) into(of reflect.Type) trail {
	for a := t.above; a != nil; a = a.above {
		if a.of == of {
			return trail{a.text, a}
		}
	}
	return trail{t.text, &ancestor{of, t.text, t.above}}
}
