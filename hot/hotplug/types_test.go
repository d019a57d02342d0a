package hotplug

import (
	"reflect"
	"testing"

	"hotreload/hot"
)

func TestIsTunable(t *testing.T) {
	type Tunable[T any] struct{ _ T }
	for of, want := range map[reflect.Type]bool{
		reflect.TypeFor[*hot.Tunable[int]](): true,
		reflect.TypeFor[hot.Tunable[int]]():  false,
		reflect.TypeFor[*Tunable[int]]():     false,
		reflect.TypeFor[*hot.Update]():       false,
	} {
		if isTunable(of) != want {
			t.Errorf("%v: %v, want %v", of, !want, want)
		}
	}
}
