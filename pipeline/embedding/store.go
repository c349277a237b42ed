package embedding

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path/filepath"
)

// Key names a text under a model, or a document of a file.
type Key [16]byte

// KeyOf hashes a model's name and a text.
func KeyOf(model, text string) Key {
	h := sha256.New()
	h.Write([]byte(model))
	h.Write([]byte{0})
	h.Write([]byte(text))
	return Key(h.Sum(nil)[:16])
}

// Store keeps one model's vectors in one file, <hash of the model's name>.vectors:
//
//	"tongtang vectors 1\n"  dimensions, 4 bytes
//	key, 16 bytes  components, 4 bytes each  CRC-32, 4 bytes     once a vector
//
// all little-endian. Records are only ever added. One that a killed run left
// half written, or that the disk damaged, is as if it were not there. One
// process at a time opens a store.
type Store struct {
	f          *os.File
	w          *bufio.Writer
	dimensions int
	end        int64         // of the last whole record
	at         map[Key]int64 // record
	room       []byte
}

var storeHead = []byte("tongtang vectors 1\n")

// OpenStore opens or makes the store of a model in a folder.
func OpenStore(dir, model string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(model))
	f, err := os.OpenFile(filepath.Join(dir, hex.EncodeToString(sum[:8])+".vectors"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the kept vectors: %w", err)
	}
	s := &Store{f: f, at: map[Key]int64{}}
	if err := s.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("reading the kept vectors of %s: %w", filepath.Base(f.Name()), err), f.Close())
	}
	s.w = bufio.NewWriterSize(&appender{s.f, s.end}, 1<<18)
	return s, nil
}

// appender writes at the end of what is whole.
type appender struct {
	f  *os.File
	at int64
}

func (a *appender) Write(p []byte) (int, error) {
	n, err := a.f.WriteAt(p, a.at)
	a.at += int64(n)
	return n, err
}

const longestVector = 1 << 16

// load reads the keys. A file that is none of ours is started anew.
func (s *Store) load() error {
	info, err := s.f.Stat()
	if err != nil {
		return err
	}
	head := make([]byte, len(storeHead)+4)
	if _, err := s.f.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	d := binary.LittleEndian.Uint32(head[len(storeHead):])
	if !bytes.HasPrefix(head, storeHead) || d == 0 || d > longestVector {
		return s.f.Truncate(0)
	}
	s.dimensions = int(d)
	s.end = int64(len(head))
	size := s.size()
	var k Key
	for s.end+size <= info.Size() {
		if _, err := s.f.ReadAt(k[:], s.end); err != nil {
			return err
		}
		s.at[k] = s.end
		s.end += size
	}
	return s.f.Truncate(s.end)
}

func (s *Store) size() int64 { return int64(len(Key{}) + 4*s.dimensions + 4) }

// Dimensions of every vector in the store; 0 while it is empty.
func (s *Store) Dimensions() int { return s.dimensions }

// Has says whether there is a record for a key.
func (s *Store) Has(k Key) bool { _, ok := s.at[k]; return ok }

// Get reads a vector; nil when there is none or it is damaged.
func (s *Store) Get(k Key) []float32 {
	at, ok := s.at[k]
	if !ok {
		return nil
	}
	if s.w.Buffered() > 0 && s.w.Flush() != nil {
		return nil
	}
	body := make([]byte, s.size())
	if _, err := s.f.ReadAt(body, at); err != nil || Key(body[:16]) != k ||
		crc32.ChecksumIEEE(body[:len(body)-4]) != binary.LittleEndian.Uint32(body[len(body)-4:]) {
		delete(s.at, k) // the next night asks again
		return nil
	}
	v := make([]float32, s.dimensions)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(body[16+4*i:]))
	}
	return v
}

// Put adds a vector. The first decides the dimensions.
func (s *Store) Put(k Key, v []float32) error {
	if s.dimensions == 0 {
		if len(v) == 0 || len(v) > longestVector {
			return fmt.Errorf("a vector of %d dimensions", len(v))
		}
		s.dimensions = len(v)
		if _, err := s.w.Write(binary.LittleEndian.AppendUint32(bytes.Clone(storeHead), uint32(len(v)))); err != nil {
			return err
		}
		s.end = int64(len(storeHead) + 4)
	}
	if len(v) != s.dimensions {
		return fmt.Errorf("向量长短不一：%d 维与 %d 维", s.dimensions, len(v))
	}
	body := append(s.room[:0], k[:]...)
	for _, x := range v {
		body = binary.LittleEndian.AppendUint32(body, math.Float32bits(x))
	}
	body = binary.LittleEndian.AppendUint32(body, crc32.ChecksumIEEE(body))
	s.room = body
	if _, err := s.w.Write(body); err != nil {
		return fmt.Errorf("keeping a vector: %w", err)
	}
	s.at[k] = s.end
	s.end += int64(len(body))
	return nil
}

// Clear throws everything away.
func (s *Store) Clear() error {
	s.at, s.dimensions, s.end = map[Key]int64{}, 0, 0
	s.w.Reset(&appender{s.f, 0})
	return s.f.Truncate(0)
}

// Flush writes what is still in memory.
func (s *Store) Flush() error { return s.w.Flush() }

// Close writes and closes the file.
func (s *Store) Close() error { return errors.Join(s.w.Flush(), s.f.Close()) }
