package embedding

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// client speaks the embeddings API.
type client struct {
	http     *http.Client
	endpoint string
	model    string
	key      string
	pause    time.Duration
	host     string
	taken    int // texts that got a vector
	refused  int // texts that were refused alone
}

var errOutside = errors.New("不在本机或内网")

const (
	attempts     = 3
	longestPause = 30 * time.Second
	answerLimit  = 256 << 20 // bytes of one answer
)

func newClient(o Options) (*client, error) {
	u, err := o.endpoint()
	if err != nil {
		return nil, err
	}
	c := &client{endpoint: u.String(), model: o.Model, pause: o.Pause, host: u.Host}
	if c.key, err = o.key(); err != nil {
		return nil, err
	}
	if c.pause == 0 {
		c.pause = time.Second
	}
	timeout := o.Timeout
	if timeout == 0 {
		timeout = time.Minute
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	if !o.Outside {
		// A name may lead anywhere, and elsewhere tomorrow: what counts is the
		// address that is called.
		dialer.Control = func(_, address string, _ syscall.RawConn) error {
			host, _, err := net.SplitHostPort(address)
			if ip := net.ParseIP(host); err != nil || ip == nil || !near(ip) {
				return errOutside
			}
			return nil
		}
	}
	c.http = &http.Client{
		Timeout:       timeout,
		Transport:     &http.Transport{Proxy: nil, DialContext: dialer.DialContext, MaxIdleConnsPerHost: 1, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

func (c *client) close() { c.http.CloseIdleConnections() }

// refusal is an answer that says the texts cannot be taken as they are.
type refusal struct{ status int }

func (r refusal) Error() string {
	return fmt.Sprintf("向量服务拒绝了请求（HTTP %d）", r.status)
}

// vectors asks for a batch. A batch that is refused is asked for in halves; a
// text that is refused alone gets nil. A server that refuses text after text and
// takes none wants something else than texts.
func (c *client) vectors(ctx context.Context, texts []string) ([][]float32, error) {
	got, err := c.try(ctx, texts)
	var no refusal
	if !errors.As(err, &no) {
		if err == nil {
			c.taken += len(texts)
		}
		return got, err
	}
	if len(texts) == 1 {
		if c.refused++; c.taken == 0 && c.refused >= 4 {
			return nil, fmt.Errorf("向量服务 %s 拒绝了所有请求（HTTP %d），请核对模型名称", c.host, no.status)
		}
		return [][]float32{nil}, nil
	}
	half := len(texts) / 2
	a, err := c.vectors(ctx, texts[:half])
	if err != nil {
		return nil, err
	}
	b, err := c.vectors(ctx, texts[half:])
	return append(a, b...), err
}

// try asks up to three times.
func (c *client) try(ctx context.Context, texts []string) (got [][]float32, err error) {
	pause := c.pause
	for attempt := range attempts {
		var wait time.Duration
		var again bool
		got, wait, again, err = c.ask(ctx, texts)
		if err == nil || !again || attempt == attempts-1 {
			return got, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(min(max(pause, wait), longestPause)):
		}
		pause *= 2
	}
	return got, err
}

// ask sends one request. again says whether another try may help.
func (c *client) ask(ctx context.Context, texts []string) (got [][]float32, wait time.Duration, again bool, err error) {
	body, err := json.Marshal(map[string]any{"model": c.model, "input": texts, "encoding_format": "float"})
	if err != nil {
		return nil, 0, false, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, 0, false, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, 0, !errors.Is(err, errOutside) && ctx.Err() == nil, c.explain(err)
	}
	defer res.Body.Close()
	switch code := res.StatusCode; {
	case code == http.StatusOK:
	case code == http.StatusBadRequest || code == http.StatusRequestEntityTooLarge || code == http.StatusUnprocessableEntity:
		return nil, 0, false, refusal{code}
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return nil, 0, false, fmt.Errorf("向量服务 %s 不接受密钥（HTTP %d），请核对 --embeddings-key-file", c.host, code)
	case code == http.StatusNotFound:
		return nil, 0, false, fmt.Errorf("向量服务 %s 没有模型 %s 或没有 /v1/embeddings（HTTP 404），请核对地址和模型名称", c.host, c.model)
	case code >= 300 && code < 400:
		return nil, 0, false, fmt.Errorf("向量服务 %s 要求转往别处（HTTP %d），未跟随", c.host, code)
	default:
		if s, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil {
			wait = time.Duration(s) * time.Second
		}
		return nil, wait, code == http.StatusTooManyRequests || code >= 500, fmt.Errorf("向量服务 %s 出错（HTTP %d）", c.host, code)
	}
	got, err = c.read(res.Body, len(texts))
	if err != nil {
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			return nil, 0, ctx.Err() == nil, c.explain(err)
		}
		return nil, 0, true, fmt.Errorf("向量服务 %s 的回答不能用：%w", c.host, err)
	}
	return got, 0, false, nil
}

// read checks an answer: as many vectors as texts, each once, of one length,
// finite, none of zeros.
func (c *client) read(r io.Reader, n int) ([][]float32, error) {
	var answer struct {
		Data []struct {
			Index     *int      `json:"index"`
			Embedding []float64 `json:"embedding"`
		} `json:"data"`
	}
	if err := json.NewDecoder(io.LimitReader(r, answerLimit)).Decode(&answer); err != nil {
		var timeout net.Error
		if errors.As(err, &timeout) {
			return nil, err
		}
		return nil, errors.New("不是预期的 JSON")
	}
	if len(answer.Data) != n {
		return nil, fmt.Errorf("%d 条文本得到 %d 个向量", n, len(answer.Data))
	}
	got := make([][]float32, n)
	for i, d := range answer.Data {
		at := i
		if d.Index != nil {
			at = *d.Index
		}
		if at < 0 || at >= n || got[at] != nil {
			return nil, errors.New("向量的序号不对")
		}
		v := make([]float32, len(d.Embedding))
		square := 0.0
		for k, x := range d.Embedding {
			v[k] = float32(x)
			square += float64(v[k]) * float64(v[k])
		}
		if square == 0 || math.IsInf(square, 0) || math.IsNaN(square) || len(v) > longestVector {
			return nil, errors.New("有空的或无效的向量")
		}
		if i > 0 && len(v) != len(answer.Data[0].Embedding) {
			return nil, errors.New("向量长短不一")
		}
		got[at] = v
	}
	return got, nil
}

// explain turns what the network says into a sentence.
func (c *client) explain(err error) error {
	var timeout net.Error
	switch {
	case errors.Is(err, errOutside):
		return fmt.Errorf("向量服务的地址 %s 不在本机或内网，没有发送任何文本", c.host)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("向量服务 %s 没有运行（连接被拒绝）", c.host)
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("向量服务 %s 没有按时回答", c.host)
	case strings.Contains(err.Error(), "no such host"):
		return fmt.Errorf("找不到向量服务的主机 %s", c.host)
	}
	return fmt.Errorf("连不上向量服务 %s", c.host)
}
