package pipeline

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/zeebo/xxh3"

	"tongtang/analysis"
	"tongtang/queries"
)

// A night takes over from the one before what did not change: features,
// neighbours and pair scores from its memory (a file beside the corpus), and by
// SQL what was told of groups that have the members they had. Weights of words
// are then those of the last full night, so a night computes everything anew
// when
//
//   - there is no earlier night,
//   - dictionary, strictness or version of the program changed,
//   - the corpus has grown by a tenth since the last full night,
//   - items of earlier nights were withdrawn or corrected,
//   - sentence vectors are in use, or were the last night: what they are worth
//     is found anew each time,
//   - the memory is missing or damaged.
//
// The corpus and the run record say which it was, and a rebuild does the same.

// fullGrowth is by how much a corpus may grow before everything is computed anew.
const fullGrowth = 1.1

// takeOver is what the last night left: its memory, or why it is not used.
type takeOver struct {
	memory *analysis.Memory
	full   string // why everything is computed anew, as the stage's line says it
}

// remember reads the last night's memory while the new files are read.
func (n *night) remember(ctx context.Context, previousRun string) (wait func() takeOver, fullItems int64, err error) {
	because := func(why string) func() takeOver { return func() takeOver { return takeOver{full: why} } }
	if previousRun == "" {
		return because("首次运行"), 0, nil
	}
	rows, err := n.build.Query(ctx, "corpus/build/last_memory")
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	var version, dictionary, strictness, checksum string
	var vectors bool
	if rows.Next() {
		if err := rows.Scan(&version, &dictionary, &strictness, &vectors, &fullItems, &checksum); err != nil {
			return nil, 0, err
		}
	}
	if err := rows.Err(); err != nil {
		return nil, 0, err
	}
	switch {
	case n.opts.Replay != nil && !n.opts.Replay.Carried:
		return because("与当时一致"), fullItems, nil
	case n.opts.Embeddings.Configured():
		return because("使用向量"), fullItems, nil
	case vectors:
		return because("上次使用了向量"), fullItems, nil
	case checksum == "":
		return because("上次没有留下计算结果"), fullItems, nil
	case dictionary != n.tables.Hash():
		return because("词典已变"), fullItems, nil
	case strictness != n.strictness():
		return because("严格程度已变"), fullItems, nil
	case version != n.opts.Version:
		return because("程序版本已变"), fullItems, nil
	}
	done := make(chan takeOver, 1)
	go func() {
		memory, err := readMemory(n.folder.Memory(previousRun), checksum)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			done <- takeOver{full: "上次的计算结果不在"}
		case err != nil:
			done <- takeOver{full: "上次的计算结果已损坏"}
		default:
			done <- takeOver{memory: memory}
		}
	}()
	return func() takeOver { return <-done }, fullItems, nil
}

// grown says why a corpus that now has so many items is computed anew; "" when it is not.
// A night made again does what it did.
func (n *night) grown(items int, fullItems int64) string {
	if n.changed {
		return "有条目被撤回或改正"
	}
	if n.opts.Replay == nil && float64(items) > fullGrowth*float64(fullItems) {
		return "比上次全部计算时多出一成"
	}
	return ""
}

func readMemory(path, checksum string) (*analysis.Memory, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := xxh3.New()
	in := io.TeeReader(f, h)
	m, err := analysis.ReadMemory(in)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", filepath.Base(path), err)
	}
	if _, err := io.Copy(io.Discard, in); err != nil {
		return nil, err
	}
	if sumOf(h) != checksum {
		return nil, fmt.Errorf("%s is not the one its corpus names", filepath.Base(path))
	}
	return m, nil
}

func sumOf(h *xxh3.Hasher) string {
	sum := h.Sum128().Bytes()
	return hex.EncodeToString(sum[:])
}

// saveMemory writes what tonight leaves for the next night under a temporary
// name, while the groups are described; wait gives its checksum, "" when it
// could not be written: the next night then computes everything. It is not
// synced to disk: the checksum tells whether it got there.
func (n *night) saveMemory(m *analysis.Memory) (wait func() (checksum string)) {
	done := make(chan string, 1)
	path := n.folder.Memory(n.record.RunID) + unfinished
	go func() {
		checksum, err := writeMemory(path, m)
		if err != nil {
			_ = os.Remove(path)
			checksum = ""
		}
		done <- checksum
	}()
	return func() string { return <-done }
}

// unfinished is how a file is called until it is whole; sweep removes such.
const unfinished = ".building"

func writeMemory(path string, m *analysis.Memory) (checksum string, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	h := xxh3.New()
	_, err = m.WriteTo(io.MultiWriter(f, h))
	err = errors.Join(err, f.Chmod(0o440), f.Close())
	return sumOf(h), err
}

// pruneMemories removes every memory but that of the published corpus: no
// other is ever read.
func pruneMemories(folder queries.Folder, current string) error {
	files, err := filepath.Glob(folder.Memory("*"))
	if err != nil {
		return err
	}
	for _, f := range files {
		if f == folder.Memory(current) {
			continue
		}
		if err := os.Remove(f); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
