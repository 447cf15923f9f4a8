// Fetches URL/?n=0, 1, 2 with the header sets on standard input, by Go's net/http.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
)

func main() {
	var sets [][][2]string
	if err := json.NewDecoder(os.Stdin).Decode(&sets); err != nil {
		panic(err)
	}
	for number, set := range sets {
		request, err := http.NewRequest("GET", fmt.Sprintf("%s?n=%d", os.Args[1], number), nil)
		if err != nil {
			panic(err)
		}
		for _, header := range set {
			request.Header.Set(header[0], header[1])
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			panic(err)
		}
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
	}
}
