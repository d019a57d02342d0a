package carry

import (
	"context"
	"reflect"
	"regexp"
	"runtime"
	"strings"
)

// This file distinguishes what belongs to one version of a plugin from what outlives it.

// versions matches the part of a package path that differs between versions: what hotreload
// adds, and Go's name for a plugin that is built from a list of files.
var versions = regexp.MustCompile(`/hr[0-9a-f]{8,}|plugin/unnamed-[0-9a-f]+`)

// lasting is a type's name without its version.
func lasting(t reflect.Type) string {
	name := t.String()
	if t.Name() != "" {
		name = t.PkgPath() + "." + t.Name()
	} else if t.Kind() == reflect.Pointer {
		name = "*" + lasting(t.Elem())
	}
	return versions.ReplaceAllString(name, "")
}

// tellApart notes which package only the old version has.
func (c *carrier) tellApart(to, from reflect.Value) {
	if old := basePkg(from.Type()); old != basePkg(to.Type()) {
		c.oldPkg = old
	}
}

func basePkg(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath()
}

// isOldName reports whether a function or type with a full name may be of the old version.
func (c *carrier) isOldName(name string) bool {
	return versions.MatchString(name) || c.oldPkg != "" && strings.HasPrefix(name, c.oldPkg+".")
}

// isOld reports whether a type may exist only in the old version.
func (c *carrier) isOld(t reflect.Type) bool {
	for part := range c.reach(t) {
		if part.Name() != "" && c.isOldName(part.PkgPath()+"."+part.Name()) {
			return true
		}
	}
	return false
}

// isOurs reports whether a type is declared in the plugin. The insides of other types are
// not carried field by field.
func (c *carrier) isOurs(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath() == "" || c.isOldName(t.PkgPath()+".")
}

// found is what a scan has found in a value.
type found struct {
	funcs bool // it has functions in it
	code  bool // it has code of the old version in it
	moved bool // it points at something that has a counterpart
	live  bool // the old version's Close may end something in it
}

// scan looks at everything reachable from a value.
func (c *carrier) scan(v reflect.Value) found {
	var f found
	if !c.needsScan(v.Type()) {
		return f
	}
	c.walk(v, func(v reflect.Value) bool {
		switch v.Kind() {
		case reflect.Func:
			if !v.IsNil() {
				f.funcs = true
				f.code = f.code || c.isOldName(runtime.FuncForPC(v.Pointer()).Name())
			}
		case reflect.Interface:
			f.code = f.code || !v.IsNil() && c.isOld(v.Elem().Type())
		case reflect.Pointer:
			if !v.IsNil() && c.moved[v.Type().Elem()] {
				_, moved := c.seen[placeOf(v.Elem())]
				f.moved = f.moved || moved
			}
		}
		f.live = f.live || c.isLive(v)
		return !f.code && c.needsScan(v.Type())
	})
	return f
}

// needsScan reports whether a value of a type may hold what a scan looks for.
func (c *carrier) needsScan(whole reflect.Type) bool {
	for t := range c.reach(whole) {
		switch t.Kind() {
		case reflect.Func, reflect.Interface:
			return true
		}
		if c.moved[t] || c.Closed && mayBeLive(t) {
			return true
		}
	}
	return false
}

// isLive reports whether a value is something that the old version's Close may end.
func (c *carrier) isLive(v reflect.Value) bool {
	if !c.Closed || v.IsZero() {
		return false
	}
	if v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	return mayBeLive(v.Type())
}

func mayBeLive(t reflect.Type) bool {
	if t.Kind() == reflect.Chan || t.Kind() == reflect.Func {
		return true
	}
	for _, life := range lives {
		if t.Implements(life) {
			return true
		}
	}
	return false
}

// lives are types of values that are closed or cancelled at some time.
var lives = []reflect.Type{
	reflect.TypeFor[interface{ Close() error }](),
	reflect.TypeFor[interface{ Close() }](),
	reflect.TypeFor[context.Context](),
}
