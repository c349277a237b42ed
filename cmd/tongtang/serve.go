package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"tongtang/operations"
	"tongtang/queries"
	"tongtang/workbench"
)

// serverFlags are the settings of the workbench, shared by serve and demo.
type serverFlags struct {
	Addr string `help:"监听地址；默认只在本机" default:"127.0.0.1:8080"`
	Cert string `help:"TLS 证书文件；与 --key 同时给出" type:"existingfile"`
	Key  string `help:"TLS 私钥文件" type:"existingfile"`

	MetricsAddr       string   `help:"监控地址（/metrics、/healthz、/readyz），如 127.0.0.1:9090；默认不开"`
	TrustedProxies    []string `help:"可信的反向代理地址（CIDR）；默认不信任任何代理"`
	BehindTLS         bool     `help:"前面的反向代理负责 TLS：Cookie 只在 https 下发送"`
	OwnDepartmentOnly bool     `help:"原始条目只对本部门开放（复核人员除外）；统计数始终共享"`
	UploadMib         int      `help:"单个上传文件的上限（MiB）" default:"50"`
}

type serveCmd struct {
	Data string `help:"数据文件夹" default:"data" type:"path"`
	serverFlags
}

// Run serves the workbench until it is told to stop.
func (c *serveCmd) Run(ctx context.Context) error {
	store, err := queries.OpenStore(ctx, c.Data, queries.StoreOptions{})
	if err != nil {
		return err
	}
	defer store.Close()
	accounts, err := store.Accounts(ctx)
	if err != nil {
		return err
	}
	if len(accounts) == 0 {
		fmt.Fprintf(os.Stderr, "还没有账号：请先运行 tongtang user add --data %s --login 登录名 --name 姓名 --role 管理员\n", c.Data)
	}
	return serve(ctx, store, c.serverFlags, func(address string) {
		fmt.Printf("工作台：%s\n", address)
	})
}

// serve listens, says where, and serves until ctx ends; requests under way are
// finished first.
func serve(ctx context.Context, store *queries.Store, flags serverFlags, say func(address string)) error {
	if (flags.Cert == "") != (flags.Key == "") {
		return exitError{exitUsage, errors.New("--cert 与 --key 须同时给出")}
	}
	handler, err := workbench.New(store, workbench.Options{
		Version: version, Secure: flags.Cert != "" || flags.BehindTLS, TrustedProxies: flags.TrustedProxies,
		OwnDepartmentOnly: flags.OwnDepartmentOnly, UploadMiB: flags.UploadMib,
	})
	if err != nil {
		return err
	}
	// Much of what the server keeps is kept for good; half again is enough room for the rest.
	debug.SetGCPercent(50)
	// The first person to search does not wait for the index.
	go func() {
		if err := store.Warm(ctx); err != nil && ctx.Err() == nil {
			slog.Error("index not read", "error", err)
		}
	}()
	control, err := operations.OpenControl(store, version, slog.Default())
	if err != nil {
		return err
	}
	defer control.Close()
	if flags.MetricsAddr != "" {
		monitor := operations.NewMonitor(store, version)
		handler = monitor.Count(handler)
		stop, err := listenMonitor(flags.MetricsAddr, monitor)
		if err != nil {
			return err
		}
		defer func() { _ = stop() }()
	}
	listener, err := net.Listen("tcp", flags.Addr)
	if err != nil {
		return fmt.Errorf("无法监听 %s: %w；换一个端口：--addr 127.0.0.1:8081", flags.Addr, err)
	}
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 2 * time.Minute, WriteTimeout: 5 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(slog.Default().Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() {
		if flags.Cert != "" {
			ended <- server.ServeTLS(listener, flags.Cert, flags.Key)
		} else {
			ended <- server.Serve(listener)
		}
	}()
	scheme := "http"
	if flags.Cert != "" {
		scheme = "https"
	}
	say(scheme + "://" + listener.Addr().String())
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return server.Shutdown(grace)
}

// listenMonitor serves the monitor on an address of its own.
func listenMonitor(addr string, monitor *operations.Monitor) (stop func() error, err error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("无法监听监控地址 %s: %w", addr, err)
	}
	server := &http.Server{Handler: monitor.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			slog.Error("monitor", "error", err)
		}
	}()
	return server.Close, nil
}
