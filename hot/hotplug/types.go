package hotplug

import (
	"fmt"
	"reflect"
	"strings"

	"hotreload/hot"
)

func typeName[T any]() string { return reflect.TypeFor[T]().String() }

func describe(symbol any) string { return fmt.Sprintf("%T", symbol) }

// alike explains a mismatch of types that print the same.
func alike[T any](symbol any) string {
	t := reflect.TypeOf(symbol)
	if t.Kind() != reflect.Func || t.NumOut() == 0 {
		return ""
	}
	have, want := t.Out(0), reflect.TypeFor[T]()
	if have == want {
		return "" // it takes arguments, or returns something else besides
	}
	have, want = pointee(have), pointee(want)
	if have.String() != want.String() {
		return ""
	}
	return fmt.Sprintf("; one is of package %s, the other of %s: declare it in a package that the app imports, too",
		have.PkgPath(), want.PkgPath())
}

func pointee(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// isTunable reports whether a type is what hot.Tune returns. Such a value has taken over what
// was set by hand already, and has the new version's default otherwise.
func isTunable(t reflect.Type) bool {
	return t.Kind() == reflect.Pointer && strings.HasPrefix(t.Elem().Name(), "Tunable[") &&
		t.Elem().PkgPath() == reflect.TypeFor[hot.Kind]().PkgPath()
}

func isNil(value any) bool {
	v := reflect.ValueOf(value)
	switch v.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Pointer, reflect.Func, reflect.Map, reflect.Chan, reflect.Slice:
		return v.IsNil()
	}
	return false
}
