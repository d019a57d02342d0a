package config

import (
	"reflect"
	"strings"

	"hotreload/runner"
)

// Over puts the [runner] keys that are set here, by a file or by --set, over those of
// another config.
func (l *Loaded) Over(base runner.Config) runner.Config {
	mine, to := reflect.ValueOf(l.Config.Runner), reflect.ValueOf(&base).Elem()
	for i := range mine.NumField() {
		key := "runner." + mine.Type().Field(i).Tag.Get("toml")
		if l.Origins[key] == "default" {
			continue
		}
		if mine.Field(i).Kind() != reflect.Map {
			to.Field(i).Set(mine.Field(i))
			continue
		}
		merged := reflect.MakeMap(mine.Field(i).Type())
		for _, from := range []reflect.Value{to.Field(i), mine.Field(i)} {
			for _, name := range from.MapKeys() {
				merged.SetMapIndex(name, from.MapIndex(name))
			}
		}
		to.Field(i).Set(merged)
	}
	return base
}

// Sets lists the tables in which something is set.
func (l *Loaded) Sets() map[string]bool {
	tables := map[string]bool{}
	for key, origin := range l.Origins {
		if table, _, ok := strings.Cut(key, "."); ok && origin != "default" {
			tables[table] = true
		}
	}
	return tables
}
