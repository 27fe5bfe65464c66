//! What the sink remembers of objects: how long they are.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use crate::request::Head;

#[derive(Default)]
pub(crate) struct Objects(Mutex<State>);

#[derive(Default)]
struct State {
    sizes: HashMap<String, u64>,
    uploads: HashMap<String, Upload>,
    begun: u64,
}

struct Upload {
    path: String,
    parts: BTreeMap<u32, u64>,
}

/// What is said to a request.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) tag: Option<String>,
    /// Of the object asked for, in an answer without body.
    pub(crate) length: Option<u64>,
    pub(crate) body: String,
}

impl Answer {
    fn empty(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    fn refusal(status: u16, code: &str) -> Self {
        Self { status, body: format!("<Error><Code>{code}</Code><Message>{code}</Message></Error>"), ..Self::default() }
    }
}

impl Objects {
    /// Answers a request whose body had so many bytes of content.
    pub(crate) fn answer(&self, head: &Head, size: u64, order: &[u8]) -> Answer {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let upload = head.query.get("uploadId").map(String::as_str);
        match (head.method.as_str(), upload) {
            ("PUT", None) => {
                state.sizes.insert(head.path.clone(), size);
                Answer { tag: Some(format!("{size:032x}")), ..Answer::empty(200) }
            }
            ("POST", None) if head.query.contains_key("uploads") => state.begin(&head.path),
            ("PUT", Some(id)) => state.part(id, head.query.get("partNumber").map(String::as_str), size),
            ("POST", Some(id)) => state.complete(id, &String::from_utf8_lossy(order)),
            ("DELETE", Some(id)) => match state.uploads.remove(id) {
                Some(_) => Answer::empty(204),
                None => Answer::refusal(404, "NoSuchUpload"),
            },
            ("HEAD", None) => match state.sizes.get(&head.path) {
                Some(size) => Answer { length: Some(*size), ..Answer::empty(200) },
                None => Answer::empty(404),
            },
            ("DELETE", None) => {
                state.sizes.remove(&head.path);
                Answer::empty(204)
            }
            _ => Answer::refusal(501, "NotImplemented"),
        }
    }
}

impl State {
    fn begin(&mut self, path: &str) -> Answer {
        self.begun += 1;
        let id = format!("upload-{}", self.begun);
        let body = format!("<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>");
        self.uploads.insert(id, Upload { path: path.to_owned(), parts: BTreeMap::new() });
        Answer { body, ..Answer::empty(200) }
    }

    fn part(&mut self, id: &str, number: Option<&str>, size: u64) -> Answer {
        let Some(upload) = self.uploads.get_mut(id) else { return Answer::refusal(404, "NoSuchUpload") };
        let Some(number) = number.and_then(|number| number.parse().ok()) else {
            return Answer::refusal(400, "InvalidArgument");
        };
        upload.parts.insert(number, size);
        Answer { tag: Some(format!("{size:032x}")), ..Answer::empty(200) }
    }

    /// The object is as long as the parts that are named, all of which must have come.
    fn complete(&mut self, id: &str, order: &str) -> Answer {
        let Some(upload) = self.uploads.get(id) else { return Answer::refusal(404, "NoSuchUpload") };
        let mut size = 0;
        let mut last = 0;
        for text in order.split("<PartNumber>").skip(1) {
            let number = text.split('<').next().and_then(|number| number.parse().ok()).unwrap_or(0);
            if number <= last {
                return Answer::refusal(400, "InvalidPartOrder");
            }
            last = number;
            match upload.parts.get(&number) {
                Some(part) => size += part,
                None => return Answer::refusal(400, "InvalidPart"),
            }
        }
        if last == 0 {
            return Answer::refusal(400, "MalformedXML");
        }
        let path = upload.path.clone();
        let tag = format!("{size:032x}-{last}");
        let body = format!("<CompleteMultipartUploadResult><ETag>\"{tag}\"</ETag></CompleteMultipartUploadResult>");
        self.uploads.remove(id);
        self.sizes.insert(path, size);
        Answer { body, ..Answer::empty(200) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(objects: &Objects, line: &str, size: u64, order: &str) -> Answer {
        let head = Head::read(&mut format!("{line} HTTP/1.1\r\n\r\n").as_bytes()).unwrap().unwrap();
        objects.answer(&head, size, order.as_bytes())
    }

    fn refused(answer: &Answer, status: u16, code: &str) -> bool {
        answer.status == status && answer.body.contains(&format!("<Code>{code}</Code>"))
    }

    #[test]
    fn an_object_is_as_long_as_what_came() {
        let objects = Objects::default();
        assert_eq!(ask(&objects, "HEAD /b/k", 0, "").status, 404);
        assert_eq!(ask(&objects, "PUT /b/k?x-id=PutObject", 9, "").status, 200);
        assert_eq!(ask(&objects, "HEAD /b/k", 0, "").length, Some(9));
        assert_eq!(ask(&objects, "DELETE /b/k", 0, "").status, 204);
        assert_eq!(ask(&objects, "HEAD /b/k", 0, "").status, 404);
        assert!(refused(&ask(&objects, "GET /b?list-type=2", 0, ""), 501, "NotImplemented"));
    }

    #[test]
    fn parts_are_summed_up_when_all_have_come() {
        let objects = Objects::default();
        assert!(ask(&objects, "POST /b/k?uploads", 0, "").body.contains("<UploadId>upload-1</UploadId>"));
        assert_eq!(ask(&objects, "PUT /b/k?partNumber=1&uploadId=upload-1", 5, "").status, 200);
        assert_eq!(ask(&objects, "PUT /b/k?partNumber=2&uploadId=upload-1", 3, "").status, 200);
        assert!(refused(&ask(&objects, "PUT /b/k?partNumber=2&uploadId=other", 3, ""), 404, "NoSuchUpload"));
        let part = |number: u32| format!("<Part><ETag>e</ETag><PartNumber>{number}</PartNumber></Part>");
        let complete = |parts: &[u32]| {
            let order: String = parts.iter().map(|number| part(*number)).collect();
            ask(&objects, "POST /b/k?uploadId=upload-1", 0, &order)
        };
        assert!(refused(&complete(&[]), 400, "MalformedXML"));
        assert!(refused(&complete(&[1, 2, 3]), 400, "InvalidPart"));
        assert!(refused(&complete(&[2, 1]), 400, "InvalidPartOrder"));
        assert_eq!(ask(&objects, "HEAD /b/k", 0, "").status, 404);
        assert_eq!(complete(&[1, 2]).status, 200);
        assert_eq!(ask(&objects, "HEAD /b/k", 0, "").length, Some(8));
        assert!(refused(&complete(&[1, 2]), 404, "NoSuchUpload"));
    }

    #[test]
    fn what_is_aborted_is_forgotten() {
        let objects = Objects::default();
        ask(&objects, "POST /b/k?uploads", 0, "");
        assert_eq!(ask(&objects, "DELETE /b/k?uploadId=upload-1", 0, "").status, 204);
        assert!(refused(&ask(&objects, "DELETE /b/k?uploadId=upload-1", 0, ""), 404, "NoSuchUpload"));
        assert!(refused(&ask(&objects, "PUT /b/k?partNumber=1&uploadId=upload-1", 5, ""), 404, "NoSuchUpload"));
    }
}
