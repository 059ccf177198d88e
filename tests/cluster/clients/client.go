// A client as programs in Go are: it resolves with Go's own resolver (built without cgo) and connects. As client.c:
//
//	client pause                      sleeps until it is told to end
//	client lookup NAME...             a line of JSON a name: its addresses, or the resolver's words
//	client connect HOST PORT [udp]    ok, refused, timeout or unreachable, address after address; of a name the resolver's words
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const patience = 3 * time.Second

type answer struct {
	Name      string   `json:"name"`
	Addresses []string `json:"addresses,omitempty"`
	Error     string   `json:"error,omitempty"`
}

// words are the resolver's own, without the name and the server.
func words(err error) string {
	var dns *net.DNSError
	switch {
	case !errors.As(err, &dns):
		return err.Error()
	case dns.IsNotFound:
		return "no such host"
	case dns.IsTimeout:
		return "timeout"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	default:
		return dns.Err
	}
}

func resolve(host string) ([]string, error) {
	found, err := net.DefaultResolver.LookupHost(context.Background(), host)
	var once []string
	seen := map[string]bool{}
	for _, address := range found {
		if !seen[address] {
			once = append(once, address)
		}
		seen[address] = true
	}
	return once, err
}

func lookup(name string) {
	one := answer{Name: name}
	found, err := resolve(name)
	if err != nil {
		one.Error = words(err)
	} else {
		one.Addresses = found
	}
	line, _ := json.Marshal(one)
	fmt.Println(string(line))
}

// TCP: a connection. UDP says nothing by itself: the question is one that Kubernetes' test image answers.
func tryOne(network, address string) error {
	connection, err := net.DialTimeout(network, address, patience)
	if err != nil || network == "tcp" {
		return err
	}
	defer connection.Close()
	if _, err := connection.Write([]byte("hostname")); err != nil {
		return err
	}
	_ = connection.SetReadDeadline(time.Now().Add(patience))
	_, err = connection.Read(make([]byte, 512))
	return err
}

func failed(err error) string {
	var network net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "unreachable"
	case errors.As(err, &network) && network.Timeout():
		return "timeout"
	default:
		return err.Error()
	}
}

func dial(host, port, network string) int {
	found, err := resolve(host)
	if err != nil {
		fmt.Println(words(err))
		return 1
	}
	why := "no address"
	for _, address := range found {
		err := tryOne(network, net.JoinHostPort(address, port))
		if err == nil {
			fmt.Println("ok")
			return 0
		}
		why = failed(err)
	}
	fmt.Println(why)
	return 1
}

func main() {
	args := os.Args[1:]
	switch {
	case len(args) == 1 && args[0] == "pause":
		end := make(chan os.Signal, 1)
		signal.Notify(end, syscall.SIGTERM, syscall.SIGINT)
		<-end
	case len(args) > 1 && args[0] == "lookup":
		for _, name := range args[1:] {
			lookup(name)
		}
	case len(args) > 2 && args[0] == "connect":
		network := "tcp"
		if len(args) > 3 && args[3] == "udp" {
			network = "udp"
		}
		os.Exit(dial(args[1], args[2], network))
	default:
		fmt.Fprintln(os.Stderr, "usage: client pause | lookup NAME... | connect HOST PORT [udp]")
		os.Exit(2)
	}
}
