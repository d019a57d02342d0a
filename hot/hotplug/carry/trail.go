package carry

import "reflect"

// trail is the path to a value, and the types of structs on the way.
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

// into leads into a struct. A struct within another of the same type, as in a linked list or
// a tree, has the path of the outer one: paths would be as long as lists otherwise.
func (t trail) into(of reflect.Type) trail {
	for a := t.above; a != nil; a = a.above {
		if a.of == of {
			return trail{a.text, a}
		}
	}
	return trail{t.text, &ancestor{of, t.text, t.above}}
}
