extension EventFunctions {
    /// What people ask for.
    static let people = #"""
        local LETTER = {'event', 'channel', 'reason', 'attempts', 'body', 'at'}

        -- Adds a letter to a list, where it is there; the bytes of its body.
        local function add_letter(q, id, out)
            local fields = redis.call('HMGET', letter_key(q, id), unpack(LETTER))
            if not fields[3] then return 0 end
            fields[#LETTER + 1] = id
            out[#out + 1] = fields
            return #fields[5]
        end

        -- args: ids
        local function letters(keys, args)
            local q, out = open(keys), {}
            for _, id in ipairs(args) do add_letter(q, id, out) end
            return out
        end

        -- args: lower and upper bound of the ids as ZRANGE takes them, 1 for the oldest first, limit, channel or '';
        -- the last id of the page where more follow or '', letters
        local function letter_page(keys, args)
            local q, read = open(keys), reader(args)
            local lower, upper, oldest_first, limit, channel = read.text(), read.text(), read.text(), read.number(), read.text()
            local index = channel == '' and q.dead or (q.dead .. ':' .. channel)
            local ids
            -- One more than asked for tells whether there is a next page.
            if oldest_first == '1' then
                ids = redis.call('ZRANGE', index, lower, upper, 'BYLEX', 'LIMIT', 0, int(limit + 1))
            else
                ids = redis.call('ZRANGE', index, upper, lower, 'BYLEX', 'REV', 'LIMIT', 0, int(limit + 1))
            end
            local out, size = {}, 0
            for i, id in ipairs(ids) do
                if i > limit or size >= MOST_BYTES then return {ids[i - 1], out} end
                size = size + add_letter(q, id, out)
            end
            return {'', out}
        end

        -- Channels that deliveries wait for, and how many each.
        local function backlogs(keys)
            local q, out = open(keys), {}
            for _, channel in ipairs(redis.call('ZRANGE', q.due, 0, -1)) do
                out[#out + 1] = {channel, redis.call('ZCARD', backlog_key(q, channel))}
            end
            return out
        end

        -- args: channel, 'all' or 'overdue', reason, limit, most letters; how many were buried
        local function bury_waiting(keys, args)
            local q, read = open(keys), reader(args)
            local channel, which, reason, limit, most = read.text(), read.text(), read.text(), read.number(), read.number()
            local now = tick(q)
            -- Some of them may be with workers, who end them by themselves.
            local last = which == 'all' and '+inf' or '(' .. int(now)
            local ids = redis.call('ZRANGEBYSCORE', backlog_key(q, channel), '-inf', last, 'LIMIT', 0, int(limit + 256))
            local waiting = {}
            for _, id in ipairs(ids) do
                local d = load(q, id, channel)
                if not d then
                    redis.call('ZREM', backlog_key(q, channel), id)
                elseif d.state == 'p' then
                    waiting[#waiting + 1] = d
                end
            end
            table.sort(waiting, function(a, b) return a.sequence < b.sequence end)
            -- The oldest of an order dies first, since letters go back in the order of their deaths. Behind one that a worker
            -- holds, all wait for its end.
            local function first_of(d)
                if which ~= 'all' or d.order == '' then return d end
                local order = order_key(q, channel, d.order)
                while true do
                    local id = redis.call('ZRANGE', order, 0, 0)[1]
                    if not id or id == d.id then return d end
                    local first = load(q, id, channel)
                    if first and first.state == 'p' then return first end
                    if first and first.state == 'h' then return nil end
                    redis.call('ZREM', order, id)
                end
            end
            local buried, is_buried = 0, {}
            for _, d in ipairs(waiting) do
                while buried < limit and not is_buried[d.id] do
                    local first = first_of(d)
                    if not first then break end
                    bury_delivery(q, now, most, first, reason)
                    close(q, first, 'd')
                    is_buried[first.id] = true
                    buried = buried + 1
                end
            end
            return buried
        end

        -- args: how many events were lost, what tells this report from others
        local function note_lost(keys, args)
            local q, read = open(keys), reader(args)
            local lost, report = read.number(), read.text()
            if redis.call('SET', q.p .. 'k:lost:' .. report, '', 'NX', 'PX', int(LONG_MEMORY)) then
                count(q, 'lost', lost)
            end
            return 1
        end

        -- args: ids
        local function discard(keys, args)
            local q = open(keys)
            local dropped = drop_letters(q, args)
            count(q, 'discarded', dropped)
            return dropped
        end

        -- args: lifetime, most letters; how many were discarded, 1000 at most
        local function trim(keys, args)
            local q, read = open(keys), reader(args)
            local lifetime, most = read.number(), read.number()
            local now = tick(q)
            local oldest = string.format('(%014.0f.', math.max(now - lifetime, 0))
            local dropped = drop_letters(q, redis.call('ZRANGE', q.dead, '-', oldest, 'BYLEX', 'LIMIT', 0, 1000))
            local excess = math.min(redis.call('ZCARD', q.dead) - most, 1000 - dropped)
            if excess > 0 then dropped = dropped + drop_letters(q, redis.call('ZRANGE', q.dead, 0, excess - 1)) end
            count(q, 'discarded', dropped)
            return dropped
        end

        -- args: id; its state, the channel that had it at once, and its deliveries
        local function event(keys, args)
            local q = open(keys)
            local fields = redis.call('HGETALL', event_key(q, args[1]))
            if #fields == 0 then return {} end
            local state, sent, deliveries = '', '', {}
            for i = 1, #fields, 2 do
                if fields[i] == 'state' then state = fields[i + 1] end
                if fields[i] == 'sent' then sent = fields[i + 1] end
                local channel = string.match(fields[i], '^c:(%d+)$')
                if channel then
                    local d = load(q, args[1], channel)
                    deliveries[#deliveries + 1] = {channel, d.state, d.attempts, d.due}
                end
            end
            return {state, sent, deliveries}
        end

        local function counts(keys, args)
            local q = open(keys)
            local now = read_clock(q)
            local held = 0
            for _, boot in ipairs(redis.call('SMEMBERS', q.boots)) do
                held = held + redis.call('HLEN', held_key(q, boot))
            end
            local kept = redis.call('HMGET', q.counters, 'scheduled', 'discarded', 'lost')
            local first = redis.call('LINDEX', q.list, 0) or ''
            -- What is read for its time alone must not be long to send.
            if #first > 65536 then first = '' end
            return {
                waiting_events(q), held, tonumber(kept[1] or 0),
                redis.call('ZCARD', q.dead), tonumber(kept[2] or 0),
                redis.call('ZCOUNT', q.workers, '(' .. int(now), '+inf'), tonumber(kept[3] or 0), first,
            }
        end

        local reading = {'no-writes', 'allow-oom'}
        redis.register_function{function_name = '@letters@', callback = letters, flags = reading}
        redis.register_function{function_name = '@letter_page@', callback = letter_page, flags = reading}
        redis.register_function{function_name = '@event@', callback = event, flags = reading}
        redis.register_function{function_name = '@counts@', callback = counts, flags = reading}
        redis.register_function{function_name = '@backlogs@', callback = backlogs, flags = reading}
        redis.register_function{function_name = '@bury_waiting@', callback = bury_waiting, flags = draining}
        redis.register_function{function_name = '@note_lost@', callback = note_lost, flags = draining}
        redis.register_function{function_name = '@discard@', callback = discard, flags = draining}
        redis.register_function{function_name = '@trim@', callback = trim, flags = draining}
        """#
}
