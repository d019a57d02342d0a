// Package api serves the guest book as JSON.
package api

import (
	"encoding/json"
	"net/http"

	"example.com/web/book"
)

// Register adds the API's routes to mux.
func Register(mux *http.ServeMux, guests *book.Book) {
	mux.HandleFunc("GET /api/entries", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(guests.Entries()); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
}
