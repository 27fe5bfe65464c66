//! A table of hashes that never needs twice its size.
//!
//! It is cut into shards that grow one at a time, each by a fifth, and within a shard the keys stand in order with gaps between them: a
//! look-up ends at the first larger key, so that seven eighths can be full.

/// Shards, as a power of two.
const SHARD_BITS: u32 = 10;
const SHARDS: usize = 1 << SHARD_BITS;

/// Slots of a shard at first.
const SMALL: usize = 12;

/// From hashes (not 0) to values; `8 + size_of::<V>()` bytes a slot, of which 73 to 88 % are taken in a large table.
#[derive(Debug)]
pub(super) struct Table<V> {
    /// Empty as long as nothing was inserted.
    shards: Vec<Shard<V>>,
}

#[derive(Debug, Default)]
struct Shard<V> {
    /// Mixed keys in ascending order, with gaps of 0.
    keys: Vec<u64>,
    values: Vec<V>,
    len: usize,
    /// Slots that a key can be sent to; a few more follow, for what is shifted beyond.
    capacity: usize,
}

impl<V> Default for Table<V> {
    fn default() -> Self {
        Self { shards: Vec::new() }
    }
}

impl<V: Copy + Default> Table<V> {
    pub(super) fn get(&self, key: u64) -> Option<V> {
        let (shard, key) = place(key);
        self.shards.get(shard)?.get(key)
    }

    pub(super) fn contains(&self, key: u64) -> bool {
        self.get(key).is_some()
    }

    /// The value of a key, which has the default one if it is new.
    pub(super) fn entry(&mut self, key: u64) -> &mut V {
        if self.shards.is_empty() {
            self.shards.resize_with(SHARDS, Shard::default);
        }
        let (shard, key) = place(key);
        #[expect(clippy::indexing_slicing, reason = "the shard's number has as many bits as there are shards")]
        self.shards[shard].entry(key)
    }

    /// All keys and values, in the order of their hashes.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, V)> {
        self.shards
            .iter()
            .flat_map(|shard| shard.keys.iter().zip(&shard.values))
            .filter(|(key, _)| **key != 0)
            .map(|(key, value)| (unmixed(*key), *value))
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.len).sum()
    }

    /// What it takes in memory.
    pub(super) fn bytes(&self) -> usize {
        let slots = |shard: &Shard<V>| shard.keys.capacity() * 8 + shard.values.capacity() * size_of::<V>();
        self.shards.capacity() * size_of::<Shard<V>>() + self.shards.iter().map(slots).sum::<usize>()
    }
}

impl<V: Copy + Default> Shard<V> {
    /// Where a key is or should be.
    #[inline]
    fn find(&self, key: u64) -> usize {
        let mut at = home(key, self.capacity);
        while self.keys.get(at).is_some_and(|known| *known != 0 && *known < key) {
            at += 1;
        }
        at
    }

    fn get(&self, key: u64) -> Option<V> {
        let at = self.find(key);
        if self.keys.get(at) == Some(&key) { self.values.get(at).copied() } else { None }
    }

    fn entry(&mut self, key: u64) -> &mut V {
        let mut at = self.find(key);
        if self.keys.get(at) != Some(&key) {
            at = self.insert(key, at);
        }
        #[expect(clippy::indexing_slicing, reason = "the key stands there, and there is a value for each key")]
        &mut self.values[at]
    }

    fn insert(&mut self, key: u64, mut at: usize) -> usize {
        if (self.len + 1) * 8 > self.capacity * 7 {
            self.grow();
            at = self.find(key);
        }
        let gap = self.keys.iter().skip(at).position(|known| *known == 0).map(|further| at + further);
        match gap {
            Some(gap) => {
                self.keys.copy_within(at..gap, at + 1);
                self.values.copy_within(at..gap, at + 1);
                if let (Some(free), Some(value)) = (self.keys.get_mut(at), self.values.get_mut(at)) {
                    (*free, *value) = (key, V::default());
                }
            }
            // The rest of the shard is full.
            None => {
                self.keys.insert(at, key);
                self.values.insert(at, V::default());
            }
        }
        self.len += 1;
        at
    }

    fn grow(&mut self) {
        let capacity = (self.capacity + self.capacity / 5).max(SMALL);
        let slots = capacity + capacity / 64 + 4;
        let mut keys = Vec::with_capacity(slots);
        let mut values = Vec::with_capacity(slots);
        for (key, value) in self.keys.iter().zip(&self.values).filter(|(key, _)| **key != 0) {
            // Not before the slot it is sent to, and after those before it.
            let at = home(*key, capacity).max(keys.len());
            keys.resize(at, 0);
            values.resize(at, V::default());
            keys.push(*key);
            values.push(*value);
        }
        keys.resize(slots.max(keys.len()), 0);
        values.resize(keys.len(), V::default());
        (self.keys, self.values, self.capacity) = (keys, values, capacity);
    }
}

/// The slot to which a key is sent; larger keys are never sent to smaller slots.
#[inline]
const fn home(key: u64, capacity: usize) -> usize {
    (((key << SHARD_BITS) as u128 * capacity as u128) >> 64) as usize
}

/// Shard and mixed key. The mixing (MurmurHash3's, which can be undone) makes every bit depend on all others.
#[inline]
const fn place(key: u64) -> (usize, u64) {
    let mut key = key;
    key = (key ^ key >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    key = (key ^ key >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    key ^= key >> 33;
    ((key >> (64 - SHARD_BITS)) as usize, key)
}

const fn unmixed(key: u64) -> u64 {
    let mut key = key;
    key = (key ^ key >> 33).wrapping_mul(0x9cb4_b2f8_1293_37db);
    key = (key ^ key >> 33).wrapping_mul(0x4f74_430c_22a5_4005);
    key ^ key >> 33
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn sorted(table: &Table<u32>) -> Vec<(u64, u32)> {
        let mut all: Vec<_> = table.iter().collect();
        all.sort_unstable();
        all
    }

    proptest! {
        #[test]
        fn it_holds_what_a_map_holds(keys in proptest::collection::vec((1_u64..3000, any::<bool>()), 0..6000), stride in any::<u64>()) {
            let (mut table, mut map) = (Table::default(), BTreeMap::new());
            for (at, (key, whole)) in (0_u32..).zip(keys) {
                // Neighbouring keys, and keys all over the range.
                let key = if whole { key } else { key.wrapping_mul(stride | 1) };
                prop_assert_eq!(table.get(key), map.get(&key).copied());
                *table.entry(key) += at;
                *map.entry(key).or_default() += at;
            }
            prop_assert_eq!(sorted(&table), map.iter().map(|(key, value)| (*key, *value)).collect::<Vec<_>>());
            prop_assert_eq!(table.len(), map.len());
            for key in 1..3000 {
                prop_assert_eq!(table.get(key), map.get(&key).copied());
            }
        }

        #[test]
        fn mixing_can_be_undone(key in any::<u64>()) {
            prop_assert_eq!(unmixed(place(key).1), key);
        }
    }

    #[test]
    fn a_shard_that_gets_all_keys_holds_them() {
        // Keys whose mixed form lies at the very end of the range: all are sent to the last slot of the last shard.
        let mut table = Table::default();
        for low in 0..3000_u32 {
            *table.entry(unmixed(u64::MAX - u64::from(low))) = low;
        }
        assert_eq!(table.len(), 3000);
        for low in 0..3000_u32 {
            assert_eq!(table.get(unmixed(u64::MAX - u64::from(low))), Some(low));
        }
        assert!(!table.contains(unmixed(u64::MAX - 3000)));
    }

    #[test]
    fn a_large_table_takes_at_most_seventeen_bytes_an_id() {
        let mut table: Table<u32> = Table::default();
        let mut chance = 1_u64;
        for at in 0..1_000_000_u32 {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *table.entry(chance.max(1)) = at;
            if at > 200_000 && at % 10_007 == 0 {
                let each = table.bytes() as f64 / f64::from(at + 1);
                assert!((12.0..17.2).contains(&each), "{each} at {at}");
            }
        }
    }
}
