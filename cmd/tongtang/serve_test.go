package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tongtang/queries"
)

// running serves a new data folder until the test ends or stop is called.
func running(t *testing.T, flags serverFlags) (address string, stop func() error) {
	t.Helper()
	store, err := queries.OpenStore(t.Context(), t.TempDir(), queries.StoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	flags.Addr, flags.UploadMib = "127.0.0.1:0", 50
	said, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- serve(ctx, store, flags, func(a string) { said <- a }) }()
	stopped := false
	stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		return errors.Join(<-ended, store.Close())
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	select {
	case address = <-said:
	case err := <-ended:
		t.Fatal(err)
	}
	return address, stop
}

// certificate writes a self-signed one and its key.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "tongtang"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if err := errors.Join(
		os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600),
		os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret}), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	return cert, key
}

// With certificate and key in files the workbench speaks TLS 1.2 or newer and
// nothing else; one without the other is a usage error.
func TestTLSByFiles(t *testing.T) {
	cert, key := certificate(t)
	address, _ := running(t, serverFlags{Cert: cert, Key: key})
	host := strings.TrimPrefix(address, "https://")
	if host == address {
		t.Fatalf("serves at %s", address)
	}
	pool := x509.NewCertPool()
	body, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	pool.AppendCertsFromPEM(body)
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Get(address + "/login")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK || res.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("over TLS: %d, %v", res.StatusCode, res.Header)
	}
	client.CloseIdleConnections()
	if conn, err := tls.Dial("tcp", host, &tls.Config{RootCAs: pool, MaxVersion: tls.VersionTLS11}); err == nil {
		_ = conn.Close()
		t.Error("TLS 1.1 was accepted")
	}
	plain, err := http.Get("http://" + host + "/login")
	if err == nil {
		_ = plain.Body.Close()
		if plain.StatusCode != http.StatusBadRequest {
			t.Errorf("without TLS: %d", plain.StatusCode)
		}
	}
	var end exitError
	if err := serve(t.Context(), nil, serverFlags{Cert: cert}, nil); !errors.As(err, &end) || end.code != exitUsage {
		t.Errorf("a certificate without its key: %v", err)
	}
}

// A client that sends its request byte by byte is cut off; others are served
// meanwhile.
func TestSlowClientsAreCutOff(t *testing.T) {
	address, _ := running(t, serverFlags{})
	host := strings.TrimPrefix(address, "http://")
	const many = 50
	began := time.Now()
	var slow []net.Conn
	for range many {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Write([]byte("GET /login HTTP/1.1\r\nHost: x\r\nX-Slow: ")); err != nil {
			t.Fatal(err)
		}
		slow = append(slow, conn)
	}
	res, err := http.Get(address + "/login")
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("beside %d slow clients: %v", many, err)
	}
	_ = res.Body.Close()
	for _, conn := range slow {
		_ = conn.SetReadDeadline(began.Add(40 * time.Second))
		answer, err := bufio.NewReader(conn).ReadString('\n')
		var late net.Error
		if errors.As(err, &late) && late.Timeout() {
			t.Fatalf("still connected after %s", time.Since(began))
		}
		if strings.Contains(answer, " 200 ") {
			t.Fatalf("answered %q", answer)
		}
	}
	t.Logf("%d slow clients were cut off within %s", many, time.Since(began).Round(time.Second))
}

// Told to stop, the workbench finishes the request under way and takes no new
// one.
func TestStopFinishesWhatIsUnderWay(t *testing.T) {
	address, stop := running(t, serverFlags{})
	host := strings.TrimPrefix(address, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const form = "login=nobody&password=x"
	if _, err := conn.Write([]byte("POST /login HTTP/1.1\r\nHost: " + host + "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 23\r\n\r\n" + form[:10])); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond) // the request has begun
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	for { // until no new connection is taken
		c, err := net.DialTimeout("tcp", host, time.Second)
		if err != nil {
			break
		}
		_ = c.Close()
		time.Sleep(20 * time.Millisecond)
	}
	if _, err := conn.Write([]byte(form[10:])); err != nil {
		t.Fatal(err)
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.Contains(answer, "401") {
		t.Errorf("the request under way got %q, %v", answer, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
