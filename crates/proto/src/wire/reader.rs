/// An invalid value: truncated, too long, or past the end of its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// The wire type of a field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    Varint,
    Fixed64,
    Delimited,
    Fixed32,
}

/// The most bytes of a varint.
const VARINT_BYTES_MAX: usize = 10;

/// Reads a message's bytes without decoding them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    pub(super) position: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// Reads a varint that ends at or before `end`.
    #[inline]
    pub(super) fn varint(&mut self, end: usize) -> Result<u64, Malformed> {
        let bytes = self.bytes.get(self.position..end).ok_or(Malformed)?;
        let mut value = 0;
        for (index, &byte) in bytes.iter().take(VARINT_BYTES_MAX).enumerate() {
            // A number of 64 bits has only one bit in the tenth byte.
            if index + 1 == VARINT_BYTES_MAX && byte > 1 {
                return Err(Malformed);
            }
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                self.position += index + 1;
                return Ok(value);
            }
        }
        Err(Malformed)
    }

    /// Reads a field's number and the wire type of its value. Groups are malformed: the contract
    /// has none.
    #[inline]
    pub(super) fn key(&mut self, end: usize) -> Result<(usize, Wire), Malformed> {
        let key = u32::try_from(self.varint(end)?).map_err(|_| Malformed)?;
        let wire = match key & 7 {
            0 => Wire::Varint,
            1 => Wire::Fixed64,
            2 => Wire::Delimited,
            5 => Wire::Fixed32,
            _ => return Err(Malformed),
        };
        match key >> 3 {
            0 => Err(Malformed),
            number => Ok((number as usize, wire)),
        }
    }

    /// Reads the length of a delimited value, and returns the position where the value ends.
    #[inline]
    pub(super) fn delimited(&mut self, end: usize) -> Result<usize, Malformed> {
        let length = usize::try_from(self.varint(end)?).map_err(|_| Malformed)?;
        let value_end = self.position.checked_add(length).ok_or(Malformed)?;
        if value_end > end {
            return Err(Malformed);
        }
        Ok(value_end)
    }

    /// Skips a value. Returns the bytes of a delimited value, and no bytes for other wire types.
    #[inline]
    pub(super) fn skip(&mut self, wire: Wire, end: usize) -> Result<&'a [u8], Malformed> {
        match wire {
            Wire::Varint => {
                self.varint(end)?;
            }
            Wire::Fixed64 => self.advance(8, end)?,
            Wire::Fixed32 => self.advance(4, end)?,
            Wire::Delimited => {
                let value_end = self.delimited(end)?;
                let value = &self.bytes[self.position..value_end];
                self.position = value_end;
                return Ok(value);
            }
        }
        Ok(&[])
    }

    fn advance(&mut self, length: usize, end: usize) -> Result<(), Malformed> {
        self.position += length;
        if self.position > end {
            return Err(Malformed);
        }
        Ok(())
    }
}
