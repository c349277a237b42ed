package pipeline

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// parallel calls f for every index below count, several at a time.
func (n *night) parallel(count int, f func(i int)) {
	const chunk = 64
	var next atomic.Int64
	var wg sync.WaitGroup
	for range n.opts.Workers {
		wg.Go(func() {
			for {
				start := int(next.Add(chunk)) - chunk
				if start >= count {
					return
				}
				for i := start; i < min(start+chunk, count); i++ {
					f(i)
				}
			}
		})
	}
	wg.Wait()
}

// leastFree is the free space a night asks for before it starts.
const leastFree = 256 << 20

// checkSpace refuses to start a night on a full disk: DuckDB's way out of one
// is worse than not starting.
func checkSpace(dir string) error {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return fmt.Errorf("looking at free space: %w", err)
	}
	if free := s.Bavail * uint64(s.Bsize); free < leastFree {
		return fmt.Errorf("磁盘剩余空间 %d MiB，不足 %d MiB：请清理后重试；已发布的结果不受影响", free>>20, leastFree>>20)
	}
	return nil
}

func parseDay(s string) (time.Time, error) { return time.Parse(time.DateOnly, s) }
