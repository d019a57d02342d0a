// Package pages serves the HTML of the guest book.
package pages

import (
	"embed"
	"html/template"
	"net/http"
	"time"

	"example.com/web/book"
)

const title = "Guest book"

//go:embed *.html
var files embed.FS

var templates = template.Must(template.ParseFS(files, "*.html"))

// Register adds the pages to mux.
func Register(mux *http.ServeMux, guests *book.Book) {
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		err := templates.ExecuteTemplate(w, "index.html", map[string]any{
			"Title":   title,
			"Entries": guests.Entries(),
		})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	mux.HandleFunc("POST /{$}", func(w http.ResponseWriter, r *http.Request) {
		name, text := r.FormValue("name"), r.FormValue("text")
		if name == "" || text == "" {
			http.Error(w, "Please fill in both fields.", http.StatusBadRequest)
			return
		}
		guests.Add(book.Entry{Name: name, Text: text, Time: time.Now()})
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
}
