package queries

import "sync"

// recent keeps what was read lately, by its key, in about so many bytes as most
// says. Half of that is young; when it is full it becomes old, and what was old
// and nobody has asked for since is let go.
type recent[V any] struct {
	sync.Mutex
	most       int
	young, old map[string]V
	bytes      int   // of the young
	changes    int64 // goes up when something is forgotten
}

// find gives what is kept of the keys, and which are missing. What is read of
// those is handed to keep with since.
func (r *recent[V]) find(keys []string) (found map[string]V, missing []string, since int64) {
	r.Lock()
	defer r.Unlock()
	found = make(map[string]V, len(keys))
	for _, k := range keys {
		v, ok := r.young[k]
		if !ok {
			v, ok = r.old[k]
		}
		if ok {
			found[k] = v
		} else {
			missing = append(missing, k)
		}
	}
	return found, missing, r.changes
}

// keep keeps what was read after find gave since, unless something was
// forgotten meanwhile: it might be that. V is shared by all who find it, and
// nobody changes it.
func (r *recent[V]) keep(since int64, key string, v V, bytes int) {
	r.Lock()
	defer r.Unlock()
	if since != r.changes {
		return
	}
	if r.young == nil || r.bytes > r.most/2 {
		r.young, r.old, r.bytes = map[string]V{}, r.young, 0
	}
	r.young[key] = v
	r.bytes += bytes
}

// forget lets go of the keys, or with every of all.
func (r *recent[V]) forget(every bool, keys []string) {
	r.Lock()
	defer r.Unlock()
	r.changes++
	if every {
		r.young, r.old, r.bytes = nil, nil, 0
	}
	for _, k := range keys {
		delete(r.young, k)
		delete(r.old, k)
	}
}
