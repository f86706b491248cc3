// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

// Command gitserver serves bare repositories over SSH, as a company's Git server does: keys that may read, keys that may
// write, and no other command than Git's own.
package main

import (
	"encoding/binary"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/ssh"
)

// server knows its keys by what ssh prints of them.
type server struct {
	repositories string
	writes       map[string]bool
}

func main() {
	listen := flag.String("listen", "127.0.0.1:2222", "address to listen on")
	hostKey := flag.String("host-key", "", "private key of the server")
	repositories := flag.String("repositories", "", "folder with bare repositories")
	readers := flag.String("readers", "", "authorized keys that may read")
	writers := flag.String("writers", "", "authorized keys that may also write")
	flag.Parse()
	if err := run(*listen, *hostKey, *repositories, *readers, *writers); err != nil {
		log.Fatal(err)
	}
}

func run(listen, hostKey, repositories, readers, writers string) error {
	known := &server{repositories: repositories, writes: map[string]bool{}}
	for file, writes := range map[string]bool{readers: false, writers: true} {
		if err := known.admit(file, writes); err != nil {
			return err
		}
	}
	pem, err := os.ReadFile(hostKey)
	if err != nil {
		return err
	}
	signer, err := ssh.ParsePrivateKey(pem)
	if err != nil {
		return err
	}
	config := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if _, ok := known.writes[string(key.Marshal())]; !ok {
			return nil, fmt.Errorf("unknown key")
		}
		return &ssh.Permissions{Extensions: map[string]string{"key": string(key.Marshal())}}, nil
	}}
	config.AddHostKey(signer)
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	log.Printf("serving %s on %s", repositories, listener.Addr())
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go known.serve(connection, config)
	}
}

// admit reads a file of public keys; a key that may write stays one that may.
func (s *server) admit(file string, writes bool) error {
	rest, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for len(strings.TrimSpace(string(rest))) > 0 {
		key, _, _, more, err := ssh.ParseAuthorizedKey(rest)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		s.writes[string(key.Marshal())] = writes || s.writes[string(key.Marshal())]
		rest = more
	}
	return nil
}

func (s *server) serve(plain net.Conn, config *ssh.ServerConfig) {
	defer plain.Close()
	connection, channels, requests, err := ssh.NewServerConn(plain, config)
	if err != nil {
		log.Printf("%s: %v", plain.RemoteAddr(), err)
		return
	}
	go ssh.DiscardRequests(requests)
	for offered := range channels {
		if offered.ChannelType() != "session" {
			_ = offered.Reject(ssh.UnknownChannelType, "only sessions")
			continue
		}
		channel, requests, err := offered.Accept()
		if err != nil {
			return
		}
		go s.session(channel, requests, s.writes[connection.Permissions.Extensions["key"]])
	}
}

// session runs the one command that a client asks for.
func (s *server) session(channel ssh.Channel, requests <-chan *ssh.Request, writes bool) {
	defer channel.Close()
	var environment []string
	for request := range requests {
		switch request.Type {
		case "env":
			var variable struct{ Name, Value string }
			if ssh.Unmarshal(request.Payload, &variable) == nil && variable.Name == "GIT_PROTOCOL" {
				environment = append(environment, "GIT_PROTOCOL="+variable.Value)
			}
			_ = request.Reply(true, nil)
		case "exec":
			var asked struct{ Command string }
			_ = ssh.Unmarshal(request.Payload, &asked)
			_ = request.Reply(true, nil)
			status := s.git(channel, asked.Command, environment, writes)
			payload := make([]byte, 4)
			binary.BigEndian.PutUint32(payload, status)
			_, _ = channel.SendRequest("exit-status", false, payload)
			return
		default:
			_ = request.Reply(false, nil)
		}
	}
}

// git runs git-upload-pack or git-receive-pack on a repository below the folder.
func (s *server) git(channel ssh.Channel, command string, environment []string, writes bool) uint32 {
	program, argument, _ := strings.Cut(command, " ")
	path := filepath.Join(s.repositories, filepath.Clean("/"+strings.Trim(argument, "'")))
	if program != "git-upload-pack" && !(program == "git-receive-pack" && writes) {
		fmt.Fprintf(channel.Stderr(), "this key may not run %s\n", program)
		return 1
	}
	if _, err := os.Stat(filepath.Join(path, "HEAD")); err != nil {
		fmt.Fprintf(channel.Stderr(), "there is no repository %s\n", argument)
		return 1
	}
	child := exec.Command("git", strings.TrimPrefix(program, "git-"), path)
	child.Env = append(os.Environ(), environment...)
	child.Stdin, child.Stdout, child.Stderr = channel, channel, channel.Stderr()
	if err := child.Run(); err != nil {
		log.Printf("%s: %v", command, err)
		return 1
	}
	return 0
}
