// Package embedding asks a language model at hand for sentence vectors: a
// server on this machine or its intranet that speaks POST /v1/embeddings, as
// Ollama, vLLM, TEI and Xinference do, or a Parquet file of {id, vector} made
// elsewhere. It is off unless configured.
//
// Masked texts go to the configured address and nowhere else: the address must
// be loopback or private unless the administrator says otherwise, which is
// checked again when the connection is made; proxies and redirects are not
// followed. Every vector is kept by the hash of model and text (Store), so a
// night asks only for what is new.
//
// No failure of the server stops the caller: Vectors gives what there is, and
// Report says what is missing and why.
package embedding

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"
)

// Options say where vectors come from. The zero value means nowhere.
type Options struct {
	URL     string // of the server, with or without /v1/embeddings
	Model   string // its name, sent with every request
	KeyFile string // holds a bearer token; empty for none
	Outside bool   // the address may be outside this machine and its intranet
	File    string // a Parquet file of {id, vector} in place of a server

	// Cache is the folder where vectors survive; empty means none do.
	Cache string
	// CacheOnly asks no server: what the cache lacks stays without a vector.
	CacheOnly bool

	Batch    int           // texts a request, 0 means 32
	Timeout  time.Duration // of a request, 0 means one minute
	Patience time.Duration // with the server, over all requests; 0 means 30 minutes
	Pause    time.Duration // before the second try of a request, doubled before each further; 0 means one second
}

// Configured says whether vectors are wanted at all.
func (o Options) Configured() bool {
	return o.URL != "" || o.File != "" || o.CacheOnly && o.Model != ""
}

// Check finds what is wrong with the options before anything runs. The error
// is a sentence for the administrator.
func (o Options) Check() error {
	switch {
	case o.URL != "" && o.File != "":
		return errors.New("--embeddings-url 与 --vectors 只能用一个：向量来自服务或文件，不能混用")
	case o.URL == "":
		if o.Model != "" && !o.CacheOnly {
			return errors.New("给出了 --embeddings-model 却没有 --embeddings-url：请写明向量服务的地址")
		}
		return nil
	case o.Model == "":
		return errors.New("缺少 --embeddings-model：请写明向量服务所用模型的名称")
	}
	u, err := o.endpoint()
	if err != nil {
		return err
	}
	if ip := net.ParseIP(u.Hostname()); ip != nil && !o.Outside && !near(ip) {
		return fmt.Errorf("向量服务的地址 %s 不在本机或内网：文本不会发往外部；确需如此，请加 --embeddings-outside", u.Host)
	}
	_, err = o.key()
	return err
}

// endpoint is the address requests go to.
func (o Options) endpoint() (*url.URL, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("--embeddings-url 的值 %q 不是网址：应如 http://127.0.0.1:11434", o.URL)
	}
	if u.User != nil {
		return nil, errors.New("--embeddings-url 不要带口令：请把密钥写入文件，用 --embeddings-key-file 给出")
	}
	path := strings.TrimRight(u.Path, "/")
	if !strings.HasSuffix(path, "/embeddings") {
		if !strings.HasSuffix(path, "/v1") {
			path += "/v1"
		}
		path += "/embeddings"
	}
	u.Path = path
	return u, nil
}

func (o Options) key() (string, error) {
	if o.KeyFile == "" {
		return "", nil
	}
	body, err := os.ReadFile(o.KeyFile)
	key := strings.TrimSpace(string(body))
	if err == nil && (key == "" || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' })) {
		err = errors.New("内容应为一行密钥")
	}
	if err != nil {
		return "", fmt.Errorf("读取密钥文件 %s：%w", o.KeyFile, err)
	}
	return key, nil
}

// near says whether an address is this machine's or an intranet's: loopback,
// link-local, or private by RFC 1918 and RFC 4193.
func near(ip net.IP) bool { return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() }

// Report is what came of it, for the run record.
type Report struct {
	Source     string `json:"source"`           // address or file
	Model      string `json:"model,omitempty"`  // as configured
	SHA256     string `json:"sha256,omitempty"` // of the file
	Dimensions int    `json:"dimensions"`
	Texts      int    `json:"texts"`             // distinct texts, or documents where the source is a file
	Cached     int    `json:"cached"`            // of them with a vector from an earlier night
	Fetched    int    `json:"fetched"`           // of them with a vector from tonight
	Missing    int    `json:"missing"`           // of them without a vector
	Refused    int    `json:"refused,omitempty"` // texts that the server would not take
	Renewed    bool   `json:"renewed,omitempty"` // the model behind the name is another one: kept vectors were thrown away
	Problem    string `json:"problem,omitempty"` // why vectors are missing, as a sentence; empty when all went well
}

// Line is the report as a stage's sentence.
func (r Report) Line() string {
	name := r.Model
	if name == "" {
		name = filepath.Base(r.Source)
	}
	s := fmt.Sprintf("%s，%d 维：%d 条文本，已有 %d，新取 %d", name, r.Dimensions, r.Texts, r.Cached, r.Fetched)
	if r.Dimensions == 0 {
		s = fmt.Sprintf("%s：没有可用的向量", name)
	}
	if r.Renewed {
		s += "；模型与以前不同，已全部重取"
	}
	if r.Missing > 0 && r.Dimensions > 0 {
		s += fmt.Sprintf("；%d 条没有向量，只按文字归并", r.Missing)
	}
	if r.Problem != "" {
		s += "；" + r.Problem
	}
	return s
}

// Vectors are what a source gave. Close them when they have been read.
type Vectors struct {
	store *Store
	key   []Key // by position
	temp  string
}

// Of is the vector of the text at a position; nil when there is none.
func (v *Vectors) Of(position int) []float32 {
	if v == nil || v.store == nil {
		return nil
	}
	return v.store.Get(v.key[position])
}

// Close gives back the files.
func (v *Vectors) Close() error {
	if v == nil || v.store == nil {
		return nil
	}
	err := v.store.Close()
	if v.temp != "" {
		err = errors.Join(err, os.RemoveAll(v.temp))
	}
	return err
}

// longest is how much of a text is sent, in characters: what a sentence model
// reads, and no more than a small one takes.
const longest = 500

func shorten(text string) string {
	if utf8.RuneCountInString(text) > longest {
		return string([]rune(text)[:longest])
	}
	return text
}

// Get finds the vectors of n documents, each with its id and masked text. It
// fails only when ctx ends or a file of ours cannot be written; everything
// else stands in the report.
func Get(ctx context.Context, o Options, n int, document func(position int) (id, text string)) (*Vectors, Report, error) {
	if o.File != "" {
		return fromFile(ctx, o, n, document)
	}
	report := Report{Source: o.URL, Model: o.Model}
	v := &Vectors{key: make([]Key, n)}
	dir := o.Cache
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "tongtang-vectors-"); err != nil {
			return nil, report, err
		}
		v.temp = dir
	}
	var err error
	if v.store, err = OpenStore(dir, o.Model); err != nil {
		return nil, report, errors.Join(err, v.Close())
	}
	seen := make(map[Key]bool, n)
	var ask []string
	var had []int // positions of texts whose vectors are known
	for i := range n {
		_, text := document(i)
		text = shorten(text)
		v.key[i] = KeyOf(o.Model, text)
		if seen[v.key[i]] || strings.TrimSpace(text) == "" {
			continue
		}
		seen[v.key[i]] = true
		if v.store.Has(v.key[i]) {
			had = append(had, i)
		} else {
			ask = append(ask, text)
		}
	}
	report.Texts, report.Cached = len(seen), len(had)
	if o.CacheOnly {
		if len(ask) > 0 {
			report.Problem = "保存的向量不全"
		}
	} else if len(ask) > 0 {
		err = fetch(ctx, o, v, &report, ask, had, func(i int) string {
			_, text := document(i)
			return shorten(text)
		})
	}
	report.Dimensions = v.store.Dimensions()
	report.Missing = report.Texts - report.Cached - report.Fetched
	if err = errors.Join(err, v.store.Flush()); err != nil {
		return nil, report, errors.Join(err, v.Close())
	}
	return v, report, nil
}

// fetch asks the server for what is missing and keeps it batch by batch, so
// that a killed night has not asked for nothing. One of the texts it had is asked
// for again: another answer means that another model stands behind the name, and
// what it had is worth nothing beside it.
func fetch(ctx context.Context, o Options, v *Vectors, report *Report, ask []string, had []int, text func(int) string) error {
	client, err := newClient(o)
	if err != nil {
		report.Problem = err.Error()
		return nil
	}
	defer client.close()
	patience := o.Patience
	if patience == 0 {
		patience = 30 * time.Minute
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if len(had) > 0 {
		known := text(had[0])
		again, err := client.vectors(limited, []string{known})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			report.Problem = sentence(limited, err, patience)
			return nil
		}
		if again[0] != nil && cosine(again[0], v.store.Get(KeyOf(o.Model, known))) < sameModel {
			if err := v.store.Clear(); err != nil {
				return err
			}
			report.Renewed, report.Cached = true, 0
			for _, i := range had {
				ask = append(ask, text(i))
			}
		}
	}
	size := o.Batch
	if size == 0 {
		size = 32
	}
	for from := 0; from < len(ask); from += size {
		batch := ask[from:min(from+size, len(ask))]
		got, err := client.vectors(limited, batch)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			report.Problem = sentence(limited, err, patience)
			return nil
		}
		for i, vector := range got {
			if vector == nil {
				report.Refused++
				continue
			}
			if d := v.store.Dimensions(); d != 0 && len(vector) != d {
				report.Problem = fmt.Sprintf("向量服务先后给出 %d 维和 %d 维的向量，已停止使用", d, len(vector))
				return nil
			}
			if err := v.store.Put(KeyOf(o.Model, batch[i]), vector); err != nil {
				return err
			}
			report.Fetched++
		}
	}
	if report.Refused > 0 {
		report.Problem = fmt.Sprintf("向量服务不接受其中 %d 条文本", report.Refused)
	}
	return nil
}

// sameModel is the cosine that a model gives the same text at least, whatever
// batch it stands in.
const sameModel = 0.99

func cosine(a, b []float32) float64 {
	if len(a) != len(b) {
		return 0
	}
	ab, aa, bb := 0.0, 0.0, 0.0
	for i := range a {
		ab += float64(a[i]) * float64(b[i])
		aa += float64(a[i]) * float64(a[i])
		bb += float64(b[i]) * float64(b[i])
	}
	return ab / math.Sqrt(aa*bb)
}

// sentence is an error of the server as the stage line says it.
func sentence(limited context.Context, err error, patience time.Duration) string {
	if limited.Err() != nil {
		return fmt.Sprintf("向量服务太慢，%s内没有取完，其余下一夜再取", minutes(patience))
	}
	return err.Error()
}

func minutes(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf(" %.0f 秒", max(1, d.Seconds()))
	}
	return fmt.Sprintf(" %.0f 分钟", d.Minutes())
}

// fromFile reads vectors by id from a Parquet file.
func fromFile(ctx context.Context, o Options, n int, document func(int) (id, text string)) (*Vectors, Report, error) {
	report := Report{Source: o.File, Texts: n}
	dir, err := os.MkdirTemp("", "tongtang-vectors-")
	if err != nil {
		return nil, report, err
	}
	v := &Vectors{key: make([]Key, n), temp: dir}
	wanted := make(map[Key]bool, n)
	for i := range n {
		id, _ := document(i)
		v.key[i] = KeyOf("", id)
		wanted[v.key[i]] = true
	}
	if v.store, err = OpenStore(dir, "file"); err != nil {
		return nil, report, errors.Join(err, v.Close())
	}
	report.SHA256, err = hashOf(o.File)
	if err == nil {
		err = readParquet(ctx, o.File, func(id string, vector []float32) error {
			k := KeyOf("", id)
			if !wanted[k] {
				return nil
			}
			if v.store.Has(k) {
				return fmt.Errorf("id %q 出现两次", id)
			}
			report.Fetched++
			return v.store.Put(k, vector)
		})
	}
	if ctx.Err() != nil {
		return nil, report, errors.Join(ctx.Err(), v.Close())
	}
	if err == nil {
		err = v.store.Flush()
	}
	if err != nil {
		report.Problem = fmt.Sprintf("向量文件 %s 不能用：%v", filepath.Base(o.File), err)
		report.Fetched = 0
		if err := v.store.Clear(); err != nil {
			return nil, report, errors.Join(err, v.Close())
		}
	}
	report.Dimensions = v.store.Dimensions()
	report.Missing = n - report.Fetched
	if report.Problem == "" && report.Missing == n && n > 0 {
		report.Problem = fmt.Sprintf("向量文件 %s 中没有一个 id 与条目相符", filepath.Base(o.File))
	}
	return v, report, nil
}

func hashOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
