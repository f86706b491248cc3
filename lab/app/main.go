// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

// Command app stands in for an application whose image cannot be had: it answers HTTP, and counts its starts on its volume.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
)

const starts = "/data/starts"

func main() {
	before, _ := os.ReadFile(starts) // the first start finds none
	count := append(before, '\n')
	if err := os.WriteFile(starts, count, 0o600); err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/alive", func(answer http.ResponseWriter, _ *http.Request) { fmt.Fprintln(answer, "alive") })
	http.HandleFunc("/", func(answer http.ResponseWriter, _ *http.Request) {
		token := "no token"
		if os.Getenv("ADMIN_TOKEN") != "" {
			token = "a token"
		}
		fmt.Fprintf(answer, "stand-in, started %d times, has %s\n", strings.Count(string(count), "\n"), token)
	})
	log.Fatal(http.ListenAndServe(":"+os.Getenv("ROCKET_PORT"), nil))
}
